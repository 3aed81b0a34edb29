public import CoreMetrics

/// Handlers live as long as the process: a series that vanished and came back would look like a restart to whoever scrapes.
extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if !aggregate { return gauge(label, dimensions) ?? NOOPMetricsHandler.instance }
        return histogram(MetricName.sanitised(label), dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = MetricName.sanitised(label)
        return histogram(name.hasSuffix("_seconds") ? name : name + "_seconds", dimensions) ?? NOOPMetricsHandler.instance
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries? {
        let name = MetricName.sanitised(label)
        let total = name.hasSuffix("_total") ? name : name + "_total"
        guard case .counter(let series) = series(total, kind: .counter, dimensions: dimensions) else { return nil }
        return series
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries? {
        guard case .gauge(let series) = series(MetricName.sanitised(label), kind: .gauge, dimensions: dimensions) else { return nil }
        return series
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        let kind = MetricDeclaration.Kind.histogram(buckets: MetricDeclaration.workBuckets)
        guard case .histogram(let series) = series(name, kind: kind, dimensions: dimensions) else { return nil }
        return series
    }
}
