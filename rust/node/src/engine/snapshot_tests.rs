use baconalgo_core::risk::{BreakerState, Cause, RiskState, VarState};

use super::*;

fn kept() -> Kept {
    let instrument = Instrument::try_new("BTC", Decimal::power_of_ten(8), Decimal::power_of_ten(8)).unwrap();
    let request = NewOrder {
        id: OrderId(3),
        instrument: InstrumentId(0),
        side: Side::Sell,
        order_type: order_type(1).unwrap(),
        time_in_force: time_in_force(0).unwrap(),
        qty: Qty(70),
        limit: Some(Px(120)),
        stop: None,
    };
    let open =
        Order { status: OrderStatus::PartiallyFilled, filled: Qty(20), filled_value: 2_400, ..Order::new(request, 11) };
    Kept {
        instruments: vec![(instrument, Basis::Trades)],
        core: EngineState {
            now: 17,
            last_order: 4,
            halted: Some(OrderId(4)),
            ledger: LedgerState {
                cash: -5,
                fees: 1 << 100,
                peak: 9,
                trough: 8,
                max_drawdown: 0.25f64.to_bits(),
                positions: vec![PositionState { lots: -3, mark2: Some(7), cost: -9, ..PositionState::default() }],
            },
            orders: vec![open],
            flattening: Some(OrderId(2)),
            risk: RiskState {
                breakers: BreakerState {
                    day: (100, true),
                    tripped_at: Some(16),
                    trip: Some((16, Cause::DailyLoss, 60, 50)),
                    ..BreakerState::default()
                },
                instruments: vec![(15, Some((13, request)))],
                orders: vec![12, 13],
                messages: vec![13],
                var: Some(VarState {
                    interval: 60,
                    ends: 120,
                    marked: true,
                    closes: 2,
                    kept: 2,
                    names: vec![(14, 12, 1, vec![0, -4])],
                }),
            },
        },
        clients: vec![(u64::MAX, OrderId(3))],
        messages: 99,
    }
}

fn aligned(bytes: &[u8]) -> AlignedVec {
    let mut aligned = AlignedVec::with_capacity(bytes.len());
    aligned.extend_from_slice(bytes);
    aligned
}

#[test]
fn what_is_written_is_read() {
    let directory = std::env::temp_dir().join(format!("baconalgo-snapshot-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("engine.snapshot");
    for _ in 0..2 {
        write(&path, &kept(), "build").unwrap();
        assert_eq!(read(&path, "build").unwrap(), kept());
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing stays beside it");
    fs::remove_dir_all(&directory).unwrap();
    assert!(matches!(read(&path, "build"), Err(SnapshotError::Io(..))));
    assert!(matches!(write(&path, &kept(), "build"), Err(SnapshotError::Io(..))));
}

#[test]
fn another_build_s_is_refused() {
    let bytes = to_bytes(&kept(), "one").unwrap();
    let error = from_bytes(&bytes, "two").unwrap_err();
    assert!(matches!(error, SnapshotError::Build));
    let said = Error::from(error).to_string();
    assert_eq!(said, "snapshot must be written by this very build, was written by another build");
}

#[test]
fn every_truncation_is_refused() {
    let bytes = to_bytes(&kept(), "build").unwrap();
    for length in 0..bytes.len() {
        assert!(from_bytes(&aligned(&bytes[..length]), "build").is_err(), "{length}");
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert!(from_bytes(&aligned(&longer), "build").is_err());
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = to_bytes(&kept(), "build").unwrap();
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(from_bytes(&aligned(&flipped), "build").is_err(), "{bit}");
    }
}

#[test]
fn a_forged_body_with_a_right_checksum_is_an_error_and_no_crash() {
    let bytes = to_bytes(&kept(), "build").unwrap();
    for place in HEADER..bytes.len() {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut forged = bytes.to_vec();
            forged[place] = value;
            let checksum = crc32fast::hash(&forged[16..]);
            forged[12..16].copy_from_slice(&checksum.to_le_bytes());
            // Whatever it says, it is read as something or refused.
            let _ = from_bytes(&aligned(&forged), "build");
        }
    }
}
