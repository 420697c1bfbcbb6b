//! I4: what was encoded is what is decoded, and nothing that is not a monotone hash gets in.

use dhtlab_protocols::learned_chord::knots::Knots;
use dhtlab_protocols::learned_chord::{Model, ModelError, train};
use proptest::prelude::*;

use crate::common::{FORMS, LOGNORMAL, params, sorted};
use crate::monotone::made_up;

fn small() -> Model {
    Model::from_edges(vec![10, 20, 30], vec![0, 5, 9]).expect("sound tables").named(3, 8)
}

#[test]
fn trained_models_survive_the_wire() {
    let keys = sorted(&LOGNORMAL, 1, 20_000);
    for form in FORMS {
        let model = train(&keys, &params(form, 1_000)).unwrap().model.named(7, u64::MAX - 1);
        let again = Model::decode(&model.encode()).unwrap();
        assert_eq!((again.version(), again.coordinator()), (7, u64::MAX - 1));
        assert!(keys.iter().all(|key| again.position(*key) == model.position(*key)));
        assert_eq!((again.digest(), again), (model.digest(), model));
    }
    let edges = train(&keys, &params(FORMS[0], 1_000)).unwrap().model;
    assert_eq!((edges.leaves(), edges.wire_bytes()), (1_000, 16 * 1_001));
}

#[test]
fn defects_of_tables_are_named() {
    let edges = |edges: &[u64], cum: &[u64]| Model::from_edges(edges.to_vec(), cum.to_vec());
    assert_eq!(edges(&[1, 1], &[0, 1]), Err(ModelError::NotMonotone));
    assert_eq!(edges(&[1, 2], &[1, 0]), Err(ModelError::NotMonotone));
    assert_eq!(edges(&[1, 2], &[1]), Err(ModelError::NotMonotone));
    assert_eq!(edges(&[1], &[1]), Err(ModelError::Size { leaves: 0, knots: 1 }));
    let starts = |starts: &[u64]| {
        Model::from_leaves(Knots::new(vec![1, 2], vec![0, 9]).unwrap(), starts.to_vec())
    };
    assert!(starts(&[0, 4, 4]).is_ok());
    assert_eq!(starts(&[1]), Err(ModelError::Starts));
    assert_eq!(starts(&[0, 4, 3]), Err(ModelError::Starts));
    assert_eq!(starts(&[]), Err(ModelError::Size { leaves: 0, knots: 2 }));
}

#[test]
fn defects_of_bytes_are_named() {
    let good = small().encode();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        Model::decode(&bytes)
    };
    let length = |expected, actual| Err(ModelError::Length { expected, actual });
    assert_eq!(Model::decode(&good[..20]), length(21, 20));
    assert_eq!(Model::decode(&good[..68]), length(69, 68));
    assert_eq!(Model::decode(&[&good[..], &[0]].concat()), length(69, 70));
    assert_eq!(with(12, 9), Err(ModelError::Form(9)));
    assert_eq!(with(13, 4), length(85, 69));
    // A hundred million points are refused before a byte of them is asked for.
    assert_eq!(
        with(16, 255),
        Err(ModelError::Size { leaves: 4_278_190_082, knots: 4_278_190_083 })
    );
    assert_eq!(with(17, 1), Err(ModelError::Size { leaves: 1, knots: 3 }));
    assert_eq!(with(21, 20), Err(ModelError::NotMonotone), "edges that do not ascend");
    assert_eq!(with(45, 6), Err(ModelError::NotMonotone), "positions that descend");
}

#[test]
fn models_are_ordered_by_version_then_coordinator() {
    let model = |version, coordinator| Model::identity().named(version, coordinator);
    assert!(model(2, 1).order() > model(1, 9).order());
    assert!(model(2, 9).order() > model(2, 1).order());
    assert_ne!(model(2, 1).digest(), model(2, 2).digest());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn made_up_models_survive_the_wire(model in made_up()) {
        prop_assert_eq!(Model::decode(&model.encode()), Ok(model));
    }

    #[test]
    fn a_flipped_bit_gives_a_refusal_or_another_sound_model(model in made_up(), at in any::<u32>()) {
        let mut bytes = model.encode();
        let bit = at as usize % (8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Model::decode(&bytes) {
            prop_assert_ne!(other.digest(), model.digest());
            prop_assert!(other.knots().keys().is_sorted_by(|a, b| a < b));
            prop_assert!(other.knots().positions().is_sorted());
        }
    }
}
