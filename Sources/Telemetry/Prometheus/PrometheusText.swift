/// The Prometheus text exposition format 0.0.4.
enum PrometheusText {
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return value.description
    }

    /// The bound of a bucket, always with a fraction, as Prometheus 3 writes it.
    static func bound(_ value: Double) -> String { value.description }

    static func help(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// `{a="1",b="2"}`, or nothing.
    static func labels(_ names: [String], _ values: [String], bound: String? = nil) -> String {
        var pairs = zip(names, values).map { name, value in "\(name)=\"\(help(value).replacing("\"", with: "\\\""))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        return pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }
}
