import Foundation

/// A project of a Langfuse server, and the keys that open it. They are not printed, whatever prints this.
public struct LangfuseProject: Sendable, CustomStringConvertible, CustomReflectable {
    /// Without a slash at its end.
    public let url: String
    /// The value of `Authorization` (RFC 7617).
    let authorization: String

    /// - Parameter url: `http` or `https`, e.g. `https://cloud.langfuse.com`.
    public init(url: String, publicKey: String, secretKey: String) {
        var url = url[...]
        while url.hasSuffix("/") { url = url.dropLast() }
        self.url = String(url)
        authorization = "Basic " + Data("\(publicKey):\(secretKey)".utf8).base64EncodedString()
    }

    public var description: String { url }
    public var customMirror: Mirror { Mirror(self, children: ["url": url]) }

    /// - Parameters:
    ///   - path: below the API, e.g. `v2/prompts`.
    ///   - name: the last part of the path, whatever is in it.
    func url(_ path: String, _ name: String, query: [(String, String)]) -> String {
        let fields = query.map { "\(Self.escaped($0))=\(Self.escaped($1))" }.joined(separator: "&")
        return "\(url)/api/public/\(path)/\(Self.escaped(name))?\(fields)"
    }

    /// All but the unreserved characters of RFC 3986, 2.3: a slash is part of a name, too.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { escaped, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
