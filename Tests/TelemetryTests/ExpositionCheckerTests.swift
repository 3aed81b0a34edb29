import Foundation
import Testing

@Suite("The tests' own checker refuses what the OpenMetrics suite refuses, where 0.0.4 has the same rule")
struct ExpositionCheckerTests {
    /// Vectors of the OpenMetrics suite that break a rule which 0.0.4 shares; what follows `# EOF` and `# UNIT` is theirs alone.
    static let shared = [
        "bad_clashing_names_1", "bad_grouping_or_ordering_2", "bad_histograms_0", "bad_histograms_2", "bad_histograms_4",
        "bad_invalid_labels_0", "bad_invalid_labels_1", "bad_invalid_labels_4", "bad_metadata_in_wrong_place_0", "bad_metric_names_0",
        "bad_missing_equal_or_label_value_1", "bad_missing_or_wrong_quotes_on_label_value_1", "bad_missing_value_1", "bad_type_0",
        "bad_type_4", "bad_value_1", "bad_value_2", "bad_value_3",
    ]

    static var folder: URL {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let data =
            ProcessInfo.processInfo.environment["GATEWAY_TESTDATA"].map { URL(filePath: $0) }
            ?? root.deletingLastPathComponent().appending(path: "shared/testdata")
        return data.appending(path: "vectors/openmetrics")
    }
    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    static func text(_ vector: String) throws -> String {
        try String(contentsOf: folder.appending(path: "\(vector)/metrics"), encoding: .utf8).replacing("# EOF\n", with: "")
    }

    @Test("broken", .enabled(if: isPresent, "no ../shared/testdata"), arguments: shared)
    func refuses(_ vector: String) throws {
        let text = try Self.text(vector)
        #expect(!ExpositionChecker(text).problems.isEmpty, "\(text)")
    }

    @Test(
        "sound", .enabled(if: isPresent, "no ../shared/testdata"),
        arguments: [
            "simple_gauge", "simple_histogram", "float_gauge", "nan", "no_metadata", "hash_in_label_value",
        ])
    func accepts(_ vector: String) throws {
        #expect(ExpositionChecker(try Self.text(vector)).problems == [])
    }
}
