import Telemetry
import Testing

@testable import MediaGateway

@Suite("Every metric that the gateway declares follows Prometheus' conventions")
struct MetricNamesTests {
    @Test("names, units, help", arguments: GatewayMetrics.declarations)
    func follows(declaration: MetricDeclaration) {
        #expect(declaration.problems == [] && declaration.conventionProblems == [])
        #expect(declaration.name.hasPrefix("gateway_"))
        // What only grows is a counter, so that a restart shows as one.
        if declaration.kind == .gauge { #expect(!declaration.help.contains("since the start")) }
    }
}
