//! The extension module `baconalgo._core`: thin wrappers around `baconalgo-core`.

mod bars;
mod bus;
mod compiled;
mod custom;
mod engine;
mod errors;
mod exit;
mod expr;
mod fork;
mod indicators;
mod interrupt;
mod messages;
mod records;
mod risk;
mod risk_book;
mod risk_numbers;
mod run;
mod scanner;
mod settings;
mod signals;
mod source;
mod statistics;
mod strategy;
mod tables;
mod telemetry;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::bars::aggregate_bars;
    #[pymodule_export]
    use crate::bus::{BusBatch, BusMessage, BusMetrics, QuantumBus, Subscription};
    #[pymodule_export]
    use crate::compiled::CompiledFunction;
    #[pymodule_export]
    use crate::custom::CustomIndicator;
    #[pymodule_export]
    use crate::engine::{Engine, EngineEvents};
    #[pymodule_export]
    use crate::expr::{ExprSignals, ExprStream, evaluate, evaluate_universe};
    #[pymodule_export]
    use crate::indicators::{
        Indicator, compute_indicator, ema_weights, indicator_needs, indicator_specs, pattern_specs,
    };
    #[pymodule_export]
    use crate::messages::{
        BookDelta, CancelOrder, EmergencyStop, ExecuteOrder, MarketData, OrderUpdate, Signal, pack_messages,
        symbol_names, symbol_numbers, unpack_records,
    };
    #[pymodule_export]
    use crate::records::{Bar, Fill, Order, Quote, Trade};
    #[pymodule_export]
    use crate::risk_book::RiskBook;
    #[pymodule_export]
    use crate::risk_numbers::{
        LiveCovariance, christoffersen_test, correlation_of, correlation_towards_one, correlation_tree,
        covariance_matrix, fixed_fraction_size, hayashi_yoshida, kelly_continuous_fraction, kelly_fraction,
        kelly_weights, kupiec_test, liquidity_adjusted_var, normal_var, repair_matrix, risk_parity_weights,
        stress_table, traffic_light_zone, var_contributions, var_from_history, var_of_returns, var_simulated,
        volatility_target_leverage,
    };
    #[pymodule_export]
    use crate::run::{Progress, RunOutput, Targets, run_backtest};
    #[pymodule_export]
    use crate::scanner::{Universe, best_of};
    #[pymodule_export]
    use crate::signals::{SignalEngine, signal_members};
    #[pymodule_export]
    use crate::source::{Source, scan};
    #[pymodule_export]
    use crate::statistics::{monte_carlo_paths, return_summary, trade_metrics};
    #[pymodule_export]
    use crate::strategy::StrategyBase;
    #[pymodule_export]
    use crate::telemetry::measurements;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::fork::watch(module)?;
        crate::exit::watch(module)
    }
}
