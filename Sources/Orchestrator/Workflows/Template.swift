/// Text with placeholders in braces: `It's due on {bill.due_on|date}.`
///
///     {reference}          what is known under it, as it is
///     {reference|format}   in one of the ``ValueFormat``s
///     {reference?}         optional: in a tool's argument, leaves the argument out when unknown
public struct Template: Sendable, Equatable {
    public enum Segment: Sendable, Equatable {
        case literal(String)
        case placeholder(Placeholder)
    }
    public struct Placeholder: Sendable, Equatable {
        public var reference: String
        public var format: ValueFormat?
        public var isOptional: Bool
    }
    public var segments: [Segment]

    /// - Throws: ``TemplateError``, `malformed` or `unknownFormat`.
    public init(_ text: String) throws(TemplateError) {
        var segments: [Segment] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { segments.append(.literal(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw .malformed }
            segments.append(.placeholder(try Self.placeholder(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if rest.contains("}") { throw .malformed }
        if !rest.isEmpty { segments.append(.literal(String(rest))) }
        self.segments = segments
    }

    private static func placeholder(_ text: Substring) throws(TemplateError) -> Placeholder {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        var reference = parts.first ?? ""
        let isOptional = reference.hasSuffix("?")
        if isOptional { reference.removeLast() }
        guard parts.count <= 2, !reference.isEmpty, !reference.contains(where: { $0.isWhitespace || $0 == "{" }) else {
            throw .malformed
        }
        guard parts.count == 2 else { return Placeholder(reference: reference, format: nil, isOptional: isOptional) }
        guard let format = ValueFormat(rawValue: parts[1]) else { throw .unknownFormat(parts[1]) }
        return Placeholder(reference: reference, format: format, isOptional: isOptional)
    }

    public var placeholders: [Placeholder] {
        segments.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }

    /// - Parameters:
    ///   - formatter: how money, dates and the like are written.
    ///   - lookup: what is known under a reference.
    /// - Throws: ``TemplateError``, `unknownValue` or `unfitValue`: better nothing than half a sentence.
    public func rendered(_ formatter: ValueFormatter, _ lookup: (String) -> String?) throws(TemplateError) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .literal(let literal): text += literal
            case .placeholder(let placeholder):
                guard let value = lookup(placeholder.reference) else {
                    if placeholder.isOptional { continue }
                    throw .unknownValue(placeholder.reference)
                }
                guard let format = placeholder.format else {
                    text += value
                    continue
                }
                guard let written = formatter.write(value, as: format, under: placeholder.reference) else {
                    throw .unfitValue(placeholder.reference, format)
                }
                text += written
            }
        }
        return text
    }

    /// The one optional placeholder that is the whole text, as in `{month?}`.
    var soleOptional: Placeholder? {
        guard segments.count == 1, case .placeholder(let placeholder)? = segments.first, placeholder.isOptional else { return nil }
        return placeholder
    }
}

/// What keeps a template from being read or filled in.
public enum TemplateError: Error, Equatable, Sendable {
    case malformed
    case unknownFormat(String)
    case unknownValue(String)
    case unfitValue(String, ValueFormat)
}
