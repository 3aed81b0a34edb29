import Glibc

/// Third-party vectors beside the package: `GATEWAY_TESTDATA`, or `../shared/testdata` from the package's root.
enum TestData {
    static let folder: String? = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = unsafe getenv("GATEWAY_TESTDATA").map { unsafe String(cString: $0) } ?? "/\(root)/../shared/testdata"
        return unsafe access(path, R_OK) == 0 ? path : nil
    }()
    static var isPresent: Bool { folder != nil }
    static let absence: String = "no third-party test data: set GATEWAY_TESTDATA"

    /// A whole file.
    static func bytes(_ name: String) throws -> [UInt8] {
        let file = unsafe fopen("\(folder ?? "")/\(name)", "rb")
        guard let file = unsafe file else { throw Missing(name: name) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// A file of 16-bit little-endian words.
    static func words(_ name: String) throws -> [Int16] {
        let bytes = try bytes(name)
        return stride(from: 0, to: bytes.count - 1, by: 2).map { Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) }
    }

    struct Missing: Error { let name: String }
}
