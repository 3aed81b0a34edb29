import Foundation

/// A folder of its own for one test.
struct Workspace {
    let folder: URL
    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("media-gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    func remove() { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func write(_ name: String, _ text: String) throws {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    static let tiers = """
        tiers:
          - {name: basic, engine: flite, voice: kal, price_micro_per_1000_chars: 0}
          - {name: standard, engine: flite, voice: rms, price_micro_per_1000_chars: 15000}
        """

    /// A domain pack that is sound: one agent, one workflow, all phrases.
    func writeDomain(_ name: String, replacing file: String = "", with text: String = "") throws {
        for (other, content) in SmallPack.files { try write("domains/\(name)/\(other).yaml", other == file ? text : content) }
    }
}
