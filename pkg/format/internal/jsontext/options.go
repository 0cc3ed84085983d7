package jsontext

// Options are those of package format, as far as they concern the codecs of both
// languages, with what is usual for a language put in.
type Options struct {
	EmitDefaults  bool
	IDLNames      bool
	EnumNumbers   bool
	QuoteInt64    bool // 64-bit integers are strings
	Binary        Binary
	IgnoreUnknown bool
	Warn          func(message string)
	Skipped       func(name string, unknown, mistyped int)
}

// Binary is format.BinaryForm.
type Binary uint8

// The forms of Binary.
const (
	Base64 Binary = iota
	Hex
	Text
)

// Warnings keeps a warning from being given twice.
type Warnings map[string]bool

// Give tells a warning, if there is somebody to tell and it is new.
func (w *Warnings) Give(tell func(string), message string) {
	if tell == nil || (*w)[message] {
		return
	}
	if *w == nil {
		*w = Warnings{}
	}
	(*w)[message] = true
	tell(message)
}
