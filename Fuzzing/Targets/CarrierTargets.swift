import AudioCodec
import Foundation
import WireJSON
@testable import MediaGateway

#if canImport(FoundationXML)
import FoundationXML
#endif

let carrierTargets = [
    FuzzTarget("media-scanner", upTo: 1_024, scanMedia),
    FuzzTarget("twilio-message", upTo: 2_048) { _ = try? TwilioMessage(parsing: $0) },
    FuzzTarget("json", upTo: 1_024, readJSON),
    FuzzTarget("form", upTo: 1_024, readForm),
    FuzzTarget("twiml", upTo: 1_024, writeTwiML),
]

/// What the scanner takes, the full parser reads alike, or refuses for its payload.
private func scanMedia(_ message: Span<UInt8>) {
    var fields = TwilioMediaFields()
    let outcome = unsafe message.withUnsafeBytes { unsafe TwilioMediaScanner.scan($0, into: &fields) }
    let parsed = Result { () throws(TwilioMessageError) in try TwilioMessage(parsing: message) }
    guard outcome == .media else { return }
    let streamSid = message.extracting(fields.streamSid..<fields.streamSid + fields.streamSidCount).text
    let payload = message.extracting(fields.payload..<fields.payload + fields.payloadCount)
    var audio = [UInt8](repeating: 0, count: Base64.decodedCapacity(payload.count))
    var room = audio.mutableSpan
    guard let count = Base64.decode(payload, into: &room), TwilioIdentifier.isValid(streamSid) else {
        expect((try? parsed.get()) == nil, "the scanner's message is not Base64 or has no streamSid, and the full parser takes it")
        return
    }
    let media = TwilioMessage.Media(
        streamSid: streamSid, isInbound: true, timestamp: fields.timestamp, sequenceNumber: fields.sequenceNumber, payload: Array(audio.prefix(count)))
    expect((try? parsed.get()) == .media(media), "scanned \(media), parsed \(parsed)")
}

/// Accepts what Foundation accepts, but for what is documented to be stricter, and reads the same.
private func readJSON(_ text: Span<UInt8>) {
    let bytes = text.array
    let ours = Result { () throws(BoundedJSON.Failure) in try BoundedJSON(text) }
    // Foundation guesses UTF-16 and UTF-32 from zeros and byte order marks.
    guard let string = String(validating: bytes, as: UTF8.self), !bytes.contains(0), !string.unicodeScalars.starts(with: ["\u{FEFF}"]) else { return }
    let theirs = Result { try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) }
    switch (ours, theirs) {
    case (.failure(let failure), .success):
        // Foundation forgives a comma before what closes.
        let before = bytes[..<min(failure.offset, bytes.count)].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if before == UInt8(ascii: ","), ["a key in quotes", "a value"].contains(failure.expected) { return }
        let stricter = ["each key once", "at most \(BoundedJSON.maximumDepth) levels", "no lone surrogate", "the second half of a surrogate pair"]
        expect(stricter.contains(failure.expected), "Foundation takes what we refuse: expected \(failure.expected) at \(failure.offset)")
    case (.success(let value), .failure(let error)):
        expect(value.hasHugeNumber, "we take what Foundation refuses: \(error)")
    case (.success(let value), .success(let object)):
        expect(value.hasHugeNumber || value.equals(object), "we read \(value), Foundation \(object)")
    case (.failure, .failure): break
    }
}

extension BoundedJSON {
    /// One that Double or Decimal cannot hold; we keep numbers as they were written.
    fileprivate var hasHugeNumber: Bool {
        switch self {
        case .number(let text): text.count > 15 || text.contains { $0 == "e" || $0 == "E" }
        case .array(let items): items.contains { $0.hasHugeNumber }
        case .object(let members): members.contains { $0.value.hasHugeNumber }
        default: false
        }
    }

    fileprivate func equals(_ object: Any) -> Bool {
        switch self {
        case .null: return object is NSNull
        case .bool(let bool): return (object as? NSNumber)?.boolValue == bool
        case .number(let text): return (object as? NSNumber)?.doubleValue == Double(text)
        case .string(let text): return (object as? String).map { $0.utf8.elementsEqual(text.utf8) } == true
        case .array(let items):
            guard let array = object as? [Any], array.count == items.count else { return false }
            return zip(items, array).allSatisfy { $0.equals($1) }
        case .object(let members):
            guard let dictionary = object as? [String: Any], dictionary.count == members.count else { return false }
            return members.allSatisfy { member in dictionary[member.key].map { member.value.equals($0) } == true }
        }
    }
}

/// What was read and written again reads the same.
private func readForm(_ body: Span<UInt8>) {
    guard let form = try? FormParameters(parsing: body) else { return }
    func escaped(_ text: String) -> String { text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    let written = form.parameters.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    expect((try? FormParameters(parsing: Array(written.utf8).span)) == form, "\(form) comes back different")
    for parameter in form.parameters { _ = form.single(parameter.name) }
}

/// Whatever a caller's data holds, the document is XML, and says what we put into it.
private func writeTwiML(_ input: Span<UInt8>) {
    var texts = input.text.split(separator: "%%", omittingEmptySubsequences: false).map(String.init)
    let stream = texts.removeFirst()
    var parameters: [(name: String, value: String)] = []
    while texts.count >= 2 { parameters.append((texts.removeFirst(), texts.removeFirst())) }
    let twiML = TwiML.connect(stream: stream, token: ("token", texts.first ?? "t"), parameters: parameters)
    let reader = ElementReader()
    let parser = XMLParser(data: Data(twiML.document.utf8))
    parser.delegate = reader
    expect(parser.parse(), "not XML: \(twiML.document)")
    func held(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.map { ($0.value < 0x20 && $0 != "\t" && $0 != "\n" && $0 != "\r") || $0.value == 0xFFFE || $0.value == 0xFFFF ? "\u{FFFD}" : $0 }
    }
    expect(reader.values.starts(with: [held(stream), held("token"), held(texts.first ?? "t")]), "\(reader.values)")
    // What was not left out stands there, in its order.
    var pairs = reader.values.dropFirst(3), left = 0
    for parameter in parameters {
        if pairs.starts(with: [held(parameter.name), held(parameter.value)]) { pairs = pairs.dropFirst(2) } else { left += 1 }
    }
    expect(pairs.isEmpty && left == twiML.leftOut.count, "read back \(reader.values), put in \(parameters), left out \(twiML.leftOut)")
}

private final class ElementReader: NSObject, XMLParserDelegate {
    var values: [[Unicode.Scalar]] = []
    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
        for key in ["url", "name", "value"] { attributes[key].map { values.append(Array($0.unicodeScalars)) } }
    }
}
