package diff

// Rule is a kind of change that a client may notice.
type Rule string

// The rules. Each says what happened to the symbol of OLD.
const (
	ServiceRemoved     Rule = "service-removed"
	MethodRemoved      Rule = "method-removed"
	StreamingChanged   Rule = "streaming-changed"
	OnewayChanged      Rule = "oneway-changed"
	SideEffectsAdded   Rule = "side-effects-added" // Connect's GET is for methods without
	RequestFormChanged Rule = "request-form-changed"
	ResultChanged      Rule = "result-changed" // Thrift: void or not
	ExceptionAdded     Rule = "exception-added"
	ExceptionRemoved   Rule = "exception-removed"
	ExceptionReplaced  Rule = "exception-replaced" // by one of another type

	TypeRemoved Rule = "type-removed"

	FieldRemoved       Rule = "field-removed"
	FieldRenumbered    Rule = "field-renumbered"
	FieldRenamed       Rule = "field-renamed"
	JSONNameChanged    Rule = "json-name-changed"
	FieldRetyped       Rule = "field-retyped"
	CardinalityChanged Rule = "cardinality-changed"
	RequiredAdded      Rule = "required-added"
	RequiredRemoved    Rule = "required-removed"
	DefaultChanged     Rule = "default-changed"
	OneofChanged       Rule = "oneof-changed"

	EnumValueRemoved    Rule = "enum-value-removed"
	EnumValueRenumbered Rule = "enum-value-renumbered"
	EnumValueRenamed    Rule = "enum-value-renamed"
	EnumValueReused     Rule = "enum-value-reused"
)

// Rules lists all rules.
func Rules() []Rule {
	return []Rule{
		ServiceRemoved, MethodRemoved, StreamingChanged, OnewayChanged, SideEffectsAdded, RequestFormChanged, ResultChanged, ExceptionAdded, ExceptionRemoved, ExceptionReplaced,
		TypeRemoved, FieldRemoved, FieldRenumbered, FieldRenamed, JSONNameChanged, FieldRetyped, CardinalityChanged, RequiredAdded, RequiredRemoved,
		DefaultChanged, OneofChanged, EnumValueRemoved, EnumValueRenumbered, EnumValueRenamed, EnumValueReused,
	}
}
