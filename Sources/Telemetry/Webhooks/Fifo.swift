/// First in, first out, and back to the front; each in constant time on average.
struct Fifo<Element> {
    private var elements: [Element] = []
    /// Where the first one is; what stands before it is over.
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }

    init(_ elements: [Element] = []) { self.elements = elements }

    /// What is there, in order.
    var all: ArraySlice<Element> { elements[head...] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func prepend(_ element: Element) {
        if head == 0 {
            elements.insert(element, at: 0)
        } else {
            head -= 1
            elements[head] = element
        }
    }

    mutating func popFirst() -> Element? {
        guard let first else { return nil }
        head += 1
        if head > 32, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }
}

extension Fifo: Sendable where Element: Sendable {}
