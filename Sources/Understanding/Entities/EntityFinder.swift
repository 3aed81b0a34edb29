import Foundation
import Orchestrator
import SpokenText

/// Values in what a caller said, in the normal forms that ``Entity`` documents.
struct EntityFinder: Sendable {
    private let names: [(type: SlotType, finder: NameFinder)]

    init(_ pack: DomainPack) { names = pack.entities.map { ($0.type, NameFinder($0.values)) } }

    /// - Parameters:
    ///   - expecting: the open question; its type is read generously.
    ///   - meant: types that the intent's workflow needs, so that a single word may name one.
    ///   - today: what relative dates count from.
    func entities(in text: String, expecting: ExpectedSlot?, meant: Set<SlotType>, today: SpokenText.CalendarDay) -> [Entity] {
        var entities: [Entity] = []
        func add(_ type: SlotType, _ value: String, _ text: String) {
            let entity = Entity(type: type.rawValue, value: value, text: text)
            if entities.count < DecisionValidator.maximumEntities, !entities.contains(entity) { entities.append(entity) }
        }
        addNames(text, expecting, meant, add)
        var taken: [Range<String.Index>] = []
        func isFree(_ range: Range<String.Index>) -> Bool { !taken.contains { $0.overlaps(range) } }
        for volume in SpokenValues.dataVolumes(in: text) {
            add(.data, volume.value.text, volume.text)
            taken.append(volume.range)
        }
        for money in SpokenValues.money(in: text) where isFree(money.range) {
            add(.money, money.value.amount, money.text)
            taken.append(money.range)
        }
        for phone in phones(in: text, isExpected: expecting?.type == .phone) where isFree(phone.range) {
            add(.phone, phone.value, phone.text)
            taken.append(phone.range)
        }
        let dates = SpokenValues.dates(in: text, relativeTo: today).filter { isFree($0.range) }
        for date in dates {
            add(.date, date.value.iso, date.text)
            if expecting?.type == .month || meant.contains(.month) { add(.month, String(date.value.iso.prefix(7)), date.text) }
        }
        for month in SpokenValues.months(in: text, relativeTo: today) where isFree(month.range) && !dates.contains(where: { $0.range.overlaps(month.range) }) {
            add(.month, month.value.iso, month.text)
            taken.append(month.range)
        }
        taken += dates.map(\.range)
        addNumbers(text, expecting, isFree, add)
        if expecting?.type == .confirmation, let answer = SpokenValues.confirmation(in: text) {
            add(.confirmation, answer.value ? "yes" : "no", answer.text)
        }
        return entities
    }

    // MARK: Names

    private func addNames(_ text: String, _ expecting: ExpectedSlot?, _ meant: Set<SlotType>, _ add: (SlotType, String, String) -> Void) {
        var found = false
        for (type, finder) in names {
            let isExpected = expecting?.type == type
            let allowed = isExpected ? expecting?.options ?? [] : []
            for name in finder.find(in: text, isMeant: isExpected || meant.contains(type), allowed: allowed) {
                add(type, name.name, name.text)
                found = found || isExpected
            }
        }
        guard let expecting, expecting.type == .plan || expecting.type == .choice, !found, !expecting.options.isEmpty else { return }
        // Options that the pack lists nowhere, and "the second one".
        let options = NameFinder(expecting.options.map { EntityValue(name: $0) })
        let named = options.find(in: text, isMeant: true)
        for name in named { add(expecting.type, name.name, name.text) }
        if named.isEmpty, let position = Self.position(in: text, of: expecting.options.count) {
            add(expecting.type, expecting.options[position.value], position.text)
        }
    }

    /// "the second one", "number three", "the last one": an index into the options.
    private static func position(in text: String, of count: Int) -> SpokenValue<Int>? {
        if let ordinal = SpokenValues.ordinals(in: text).first, 1...count ~= ordinal.value {
            return SpokenValue(ordinal.value - 1, range: ordinal.range, in: text)
        }
        let lower = text.lowercased()
        if let range = text.range(of: "last one", options: .caseInsensitive) { return SpokenValue(count - 1, range: range, in: text) }
        guard lower.contains("number") || lower.contains("option"), let number = SpokenValues.cardinals(in: text).first, 1...count ~= number.value else {
            return nil
        }
        return SpokenValue(number.value - 1, range: number.range, in: text)
    }

    // MARK: Numbers

    /// Where a number is asked for, its parts may come with words between them.
    private func phones(in text: String, isExpected: Bool) -> [SpokenValue<String>] {
        let phones = SpokenValues.phoneNumbers(in: text)
        guard isExpected, phones.isEmpty else { return phones }
        let parts = SpokenValues.digitStrings(in: text)
        let digits = parts.map(\.value).joined()
        guard parts.count > 1, 7...15 ~= digits.count, let first = parts.first, let last = parts.last else { return phones }
        return [SpokenValue(digits, range: first.range.lowerBound..<last.range.upperBound, in: text)]
    }

    private func addNumbers(
        _ text: String, _ expecting: ExpectedSlot?, _ isFree: (Range<String.Index>) -> Bool, _ add: (SlotType, String, String) -> Void
    ) {
        let isExpected = [.number, .phone, .money, .data].contains(expecting?.type)
        let numbers = SpokenValues.numbers(in: text).filter { isFree($0.range) }
        for digits in SpokenValues.digitStrings(in: text) where isFree(digits.range) {
            let whole = numbers.first {
                $0.range == digits.range || ($0.range.contains(digits.range.lowerBound) && $0.range.upperBound >= digits.range.upperBound)
            }
            if let whole {
                // "the unlimited one" holds no number.
                guard isExpected || whole.value.description.count > 1 else { continue }
                add(.number, whole.value.description, whole.text)
                if whole.value.coefficient >= 0 { addBare(whole.value, whole.text, expecting, add) }
            } else if isExpected || digits.value.count > 2, digits.value.count <= 18 {
                add(.number, digits.value, digits.text)
            }
        }
    }

    /// "twenty" is twenty dollars where an amount is asked for, and gigabytes where a volume is.
    private func addBare(_ value: SpokenDecimal, _ text: String, _ expecting: ExpectedSlot?, _ add: (SlotType, String, String) -> Void) {
        switch expecting?.type {
        case .money where value.scale <= 2: add(.money, value.description, text)
        case .data: add(.data, value.reduced.description + " GB", text)
        default: break
        }
    }
}
