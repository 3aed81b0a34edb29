/// What we answer to Twilio's webhooks: a small XML document (`Content-Type: text/xml`).
public struct TwiML: Sendable, Equatable {
    /// Twilio refuses a `<Parameter>` whose name and value together reach this.
    public static let parameterLimit = 500
    /// More than we ever pass on; a document has a size, too.
    public static let maximumParameters = 48

    /// Why a call is not taken. The caller hears it, and the call ends.
    public enum Refusal: Sendable, CaseIterable {
        case busy, draining, unavailable
        var words: String {
            switch self {
            case .busy: "All our lines are busy at the moment. Please call again in a few minutes. Goodbye."
            case .draining: "We are restarting our service. Please call again in a few minutes. Goodbye."
            case .unavailable: "Our service is not available at the moment. Please call again later. Goodbye."
            }
        }
    }

    public let document: String
    /// Names of parameters that Twilio would not take: too long, or too many.
    public let leftOut: [String]

    private init(body: String, leftOut: [String] = []) {
        document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\(body)</Response>\n"
        self.leftOut = leftOut
    }

    /// Connects the call to our stream; when the stream ends, so does the call.
    /// - Parameters:
    ///   - stream: `wss://…`, without a query, which Twilio drops.
    ///   - token: the stream's token, and the name of its parameter; `nil` where none is asked for.
    ///   - parameters: what `start` is to tell us: facts of the conversation. One of the token's name is left out.
    public static func connect(
        stream: String, token: (name: String, value: String)?, parameters: [(name: String, value: String)] = []
    ) -> TwiML {
        var leftOut: [String] = []
        var body = ""
        func add(_ name: String, _ value: String) { body += "<Parameter name=\"\(escaped(name))\" value=\"\(escaped(value))\"/>" }
        if let token { add(token.name, token.value) }
        var count = 0
        for (name, value) in parameters {
            // Bytes, not characters: whichever Twilio counts, it is not more.
            guard !name.isEmpty, name != token?.name, count < maximumParameters, name.utf8.count + value.utf8.count < parameterLimit else {
                leftOut.append(name)
                continue
            }
            count += 1
            add(name, value)
        }
        return TwiML(body: "<Connect><Stream url=\"\(escaped(stream))\">\(body)</Stream></Connect><Hangup/>", leftOut: leftOut)
    }

    /// Says why, and hangs up.
    public static func refuse(_ refusal: Refusal) -> TwiML { TwiML(body: "<Say>\(escaped(refusal.words))</Say><Hangup/>") }

    public static let hangUp = TwiML(body: "<Hangup/>")

    /// Text for XML 1.0, in an element or in a quoted attribute. Characters that XML cannot hold become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
