import Foundation
import WebSocketTransport
import WireJSON

extension HTTPReply {
    /// `value` as JSON: keys in snake case and in order, dates in ISO 8601.
    static func json(_ value: some Encodable, status: Int = 200) -> HTTPReply {
        guard let body = try? APIJSON.encode(value) else { return HTTPReply(status: 500, "the answer could not be written\n") }
        return HTTPReply(status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: body)
    }
}

/// How the API writes JSON.
enum APIJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.timestamp)
        }
        return Array(try encoder.encode(value))
    }
}
