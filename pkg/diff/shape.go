package diff

// record is a message, struct, union or exception, or the arguments or the result of a
// Thrift method.
type record struct {
	symbol  string
	members []*member
	numbers map[int32]*member
	names   map[string]*member
	// result is one of a Thrift method: field 0 is what it returns, the others are
	// exceptions.
	result bool
	// bare says that JSON has the one member in place of the record.
	bare bool
}

func newRecord(symbol string) *record {
	return &record{symbol: symbol, numbers: map[int32]*member{}, names: map[string]*member{}}
}

func (r *record) add(m *member) {
	m.of = r
	r.members = append(r.members, m)
	r.numbers[m.number] = m
	r.names[m.name] = m
}

// member is a field.
type member struct {
	of     *record
	number int32
	name   string
	// json are the names that JSON may use, that which is written first.
	json     []string
	required bool
	// repeated is a list of Protobuf, and isMap a map, which is a list on the wire.
	// Those of Thrift are types.
	repeated, isMap bool
	// value is what it is where it is not set, as text, of an enum the number; it counts
	// where hasValue is. All that are zero are the same.
	value          string
	hasValue, zero bool
	// oneof is the group of which at most one member is set.
	oneof string
	typ   *typ
}

// symbol names the field; what a method returns has the name of the method.
func (m *member) symbol() string {
	if m.isReturn() {
		return m.of.symbol
	}
	return m.of.symbol + "." + m.name
}

// isReturn reports whether it is the value that a Thrift method returns.
func (m *member) isReturn() bool { return m.of.result && m.number == 0 }

// shown is the type as the IDL writes it.
func (m *member) shown() string {
	if m.repeated && !m.isMap {
		return "repeated " + m.typ.name
	}
	return m.typ.name
}

// class is what a reader takes values for: those of one class it reads alike.
type class string

// classMessage and classBytes are one for Protobuf's wire format: bytes may have an
// encoded message.
const (
	classMessage class = "message"
	classBytes   class = "bytes"
	classObject  class = "object" // of JSON
)

// typ is a type, without what IDL has only names for.
type typ struct {
	name       string // for people
	wire, json class
	record     *record // or nil
	enum       *enum   // or nil
	key, elem  *typ    // of a map, set or list of Thrift
}

// enum is an enum of either language.
type enum struct {
	symbol  string
	values  []enumValue
	numbers map[int32][]string // the names of a number; that which JSON writes first
	names   map[string]int32
}

type enumValue struct {
	name   string
	number int32
}

func newEnum(symbol string) *enum {
	return &enum{symbol: symbol, numbers: map[int32][]string{}, names: map[string]int32{}}
}

func (e *enum) add(name string, number int32) {
	if _, alias := e.numbers[number]; !alias {
		e.values = append(e.values, enumValue{name, number})
	}
	e.numbers[number] = append(e.numbers[number], name)
	e.names[name] = number
}
