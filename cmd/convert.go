package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// The forms of a message that convert knows, beside the RawForms.
const (
	formJSON = "json"
	formText = "text"
)

var convertForms = []string{formJSON, formText, "binary", "hex", "base64"}

// convertOptions is the command line of "convert".
type convertOptions struct {
	schemaOptions
	from, to, data string
	unknown        string
	dataGiven      bool
}

const convertLong = `Convert messages between JSON and wire bytes, without a server. The input is -d,
-d @FILE, or stdin: JSON documents, words of hex or base64, or one message in text
or binary. Thrift messages are in --protocol binary or compact.

TYPE is a message, struct, union or exception; a method stands for its request.
`

func newConvert(std streams, run func(context.Context, streams, *convertOptions) error) *cobra.Command {
	o := &convertOptions{}
	c := &cobra.Command{
		Use:   "convert [TARGET] --type TYPE [flags]",
		Short: "Convert between JSON and wire bytes",
		Long:  convertLong,
		Example: `  idlcall convert --idl user.proto --type User -d '{"name": "bob"}'
  idlcall convert --idl user.proto --type User --from binary --to json -d @user.bin
  idlcall convert --idl echo.thrift --type Request --protocol compact --to base64 < docs.ndjson`,
		Args: arguments(0, "TARGET"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if len(args) > 0 {
				if o.target != "" {
					return usage("%s and --target %s: there is one server", args[0], o.target)
				}
				o.target = args[0]
			}
			if o.target, err = configured(c.Flags(), o.target); err != nil {
				return err
			}
			o.dataGiven = c.Flags().Changed("data")
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	o.conn.thrift.bindProtocol(c, "binary", "compact")
	s := c.Flags()
	s.StringVar(&o.symbol, "type", "", "`TYPE` of the messages, or a method for its request")
	o.from = formJSON
	s.Var(choice{&o.from, convertForms}, "from", "form of the input")
	s.Var(choice{&o.to, convertForms}, "to", "form of the output (default: hex for JSON, else json)")
	s.StringVarP(&o.data, "data", "d", "", "`INPUT`; @FILE, or @ for stdin")
	o.unknown = "error"
	s.Var(choice{&o.unknown, []string{"error", "ignore"}}, "unknown-fields", "what to do about unknown fields in JSON")
	o.format.bindValues(c)
	o.format.bindLayout(c)
	if std.completing {
		o.completions(c, nil)
	}
	return c
}

func runConvert(ctx context.Context, std streams, o *convertOptions) error {
	o.symbol = undotted(o.symbol)
	if o.symbol == "" {
		return &usageError{err: errors.New("missing --type"), hint: "it names the message that is converted"}
	}
	return o.schema(ctx, std, func(ctx context.Context, s *session.Session) error {
		message, name, err := o.templateType(ctx, s)
		if err != nil {
			return err
		}
		options := o.format.options(warner(std.err))
		options.IgnoreUnknown = o.unknown == "ignore"
		if o.conn.thrift.protocol == stream.JSON {
			return usage("--protocol json: convert knows binary and compact")
		}
		m := &idl.Method{Method: stream.Method{Name: message.Name(), Protocol: o.conn.thrift.protocol}, Input: message, Output: message}
		if _, isThrift := message.(*thrift.Struct); isThrift {
			m.Lang = stream.Thrift
		}
		program, err := format.Compile(m, options)
		if err != nil {
			return err
		}
		codec := program.Codec()
		src, close, err := o.source(std)
		if err != nil {
			return err
		}
		defer close()
		if err := o.idl.saveFrom(ctx, s, name); err != nil {
			return err
		}
		next, err := o.reader(src, message, codec)
		if err != nil {
			return err
		}
		out, err := o.printer(std, m, codec)
		if err != nil {
			return err
		}
		return o.convert(ctx, next, out)
	})
}

// convert moves messages until the input ends.
func (o *convertOptions) convert(ctx context.Context, next stream.Next, out *format.Printer) error {
	for n := 0; ; n++ {
		body, err := await(ctx, next)
		switch {
		case err == io.EOF && n == 0:
			return &dataError{errors.New("there is no input to convert")}
		case err == io.EOF:
			return asOutput(out.Flush())
		case err == nil && n > 0 && o.to == "binary":
			err = &dataError{errors.New("--to binary writes one message, but the input has more")}
		}
		if err == nil {
			err = unwrapDecode(out.Print(body), n+1)
		}
		if err != nil {
			_ = out.Flush()
			return err
		}
	}
}

// unwrapDecode makes what does not decode a mistake in the input.
func unwrapDecode(err error, n int) error {
	if is[*format.DecodeError](err) {
		return &dataError{fmt.Errorf("message %d: %v", n, err)}
	}
	return asOutput(err)
}

// source opens the input.
func (o *convertOptions) source(std streams) (io.Reader, func(), error) {
	name, isFile := strings.CutPrefix(o.data, "@")
	switch {
	case !o.dataGiven, o.data == "@", o.data == "@-":
		if o.idl.stdin() {
			return nil, nil, usage("stdin is both the IDL (--idl -) and the input")
		}
		return std.in, func() {}, nil
	case isFile:
		if _, err := os.Stat(name); err != nil {
			return nil, nil, &dataError{fmt.Errorf("input: open %s: %w", name, errors.Unwrap(err))}
		}
		f := &inputFile{name: name}
		return f, func() { _ = f.Close() }, nil
	}
	return strings.NewReader(o.data), func() {}, nil
}

// reader turns the input into bodies.
func (o *convertOptions) reader(src io.Reader, message idl.Message, codec format.Codec) (stream.Next, error) {
	source, limit := "input", int(o.conn.maxSize)
	switch o.from {
	case formJSON:
		return format.NewReader(src, source, codec.Encode, limit).Next, nil
	case formText:
		p, ok := message.(*idl.ProtoMessage)
		if !ok {
			return nil, usage("--from text: Thrift has no text format")
		}
		return textReader(src, p, limit), nil
	}
	var form format.RawForm
	if err := form.UnmarshalText([]byte(o.from)); err != nil {
		return nil, usage("--from %s: %v", o.from, err)
	}
	return format.NewRawReader(src, source, form, false, limit).Next, nil
}

// textReader reads one message in Protobuf's text format.
func textReader(src io.Reader, m *idl.ProtoMessage, limit int) stream.Next {
	done := false
	return func() ([]byte, error) {
		if done {
			return nil, io.EOF
		}
		done = true
		text, err := io.ReadAll(io.LimitReader(src, int64(limit)+1))
		switch {
		case err != nil:
			return nil, &format.ReadError{Source: "input", Err: err}
		case len(text) > limit:
			return nil, &dataError{&format.DocumentSizeError{Limit: limit}}
		}
		body, err := format.EncodeText(nil, bytes.TrimPrefix(text, []byte("\uFEFF")), m)
		if err != nil {
			return nil, &dataError{fmt.Errorf("input: %w", err)}
		}
		return body, nil
	}
}

// printer writes bodies in the form that is wanted.
func (o *convertOptions) printer(std streams, m *idl.Method, codec format.Codec) (*format.Printer, error) {
	if o.to == "" {
		o.to = formJSON
		if o.from == formJSON {
			o.to = "hex"
		}
	}
	style := o.format.style(std)
	switch o.to {
	case formJSON:
		return format.NewPrinter(std.out, m, codec, style), nil
	case formText:
		if m.IsThrift() {
			return nil, usage("--to text: Thrift has no text format")
		}
		style.Output = format.TextForm
		return format.NewPrinter(std.out, m, codec, style), nil
	}
	var form format.RawForm
	if err := form.UnmarshalText([]byte(o.to)); err != nil {
		return nil, usage("--to %s: %v", o.to, err)
	}
	style = format.Style{}
	if form == format.RawBinary {
		style.Output = format.Raw
	}
	return format.NewPrinter(std.out, m, format.NewRawCodec(form), style), nil
}
