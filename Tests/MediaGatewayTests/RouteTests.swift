import Foundation
import Testing
@testable import MediaGateway

@Suite("openapi.yaml describes every path that is served, and no other")
struct RouteTests {
    /// `METHOD /path` of each operation, ids as `{}`: paths stand two spaces in, methods four.
    static func described() throws -> Set<String> {
        let text = try String(contentsOf: Fixtures.root.appendingPathComponent("openapi.yaml"), encoding: .utf8)
        var path = "", operations: Set<String> = []
        for line in text.split(separator: "\n") {
            if let found = line.wholeMatch(of: #/  (/\S*):/#) {
                path = String(found.output.1).replacing(/\{\w+\}/, with: "{}")
            } else if let found = line.wholeMatch(of: #/    (get|put|post|delete|patch|head|options):/#) {
                operations.insert("\(found.output.1.uppercased()) \(path)")
            }
        }
        return operations
    }

    @Test("below /v1, path by path and method by method")
    func operations() throws {
        let served = API.routes.flatMap { path, operations in operations.keys.map { "\($0) /v1/\(path.joined(separator: "/"))" } }
        let described = try Self.described()
        #expect(described.count > 10 && Set(served) == described.filter { $0.contains("/v1/") })
        #expect(described.subtracting(served) == ["GET /health", "GET /ready", "GET /metrics"])
    }
}
