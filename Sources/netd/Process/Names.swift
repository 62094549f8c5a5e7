import Stack

// `Stack` is a module and a type in it: these are the names that only the module could say apart.
typealias StackEvent = Event
typealias StackCounters = InterfaceCounters
