package thriftidl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudwego/thriftgo/parser"
)

// Constants and default values are thriftgo's to parse; all the rest the reader has
// read when it checked it.

// ast is what thriftgo's parser made of a declaration or a function.
type ast struct {
	parsed bool
	fields []*parser.Field // or parameters
	value  *parser.ConstValue
}

// hasValues reports whether a declaration that has been looked into has anything to
// parse.
func (d *decl) hasValues() bool { return d.class == classConst || haveDefaults(d.body.fields) }

func haveDefaults(list []field) bool {
	return slices.ContainsFunc(list, func(f field) bool { return f.defaultAt > 0 })
}

// parse gives declarations that have values, and a function if there is one, to the
// parser, all in one text. They have been read by look and are not parsed yet.
func parse(decls []*decl, fn *function) error {
	var b strings.Builder
	for _, d := range decls {
		b.WriteString(d.body.text)
		b.WriteByte('\n')
	}
	if fn != nil {
		b.WriteString("service S { " + fn.text + " }")
	}
	if b.Len() == 0 {
		return nil
	}
	tree, err := parseText(b.String())
	if err == nil {
		err = takeAST(tree, decls, fn)
	}
	if err == nil || len(decls)+boolInt(fn != nil) == 1 {
		return err
	}
	// One by one, to know which one it is.
	for _, d := range decls {
		if err := parse([]*decl{d}, nil); err != nil {
			return d.file.errorAt(d.start, "%s %s: %v", d.class, d.name, err)
		}
	}
	if fn != nil {
		return parse(nil, fn)
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parseText runs the parser on text that the reader has checked; an error
// is a disagreement of the two.
func parseText(text string) (tree *parser.Thrift, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser fails: %v", r)
		}
	}()
	tree, err = parser.ParseString("", text)
	if err != nil {
		return nil, fmt.Errorf("the parser does not understand it: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return tree, nil
}

// takeAST hands out the parts of a tree, which has each kind of declaration in
// its order.
func takeAST(tree *parser.Thrift, decls []*decl, fn *function) error {
	structs := map[class][]*parser.StructLike{
		classStruct: tree.Structs, classUnion: tree.Unions, classException: tree.Exceptions,
	}
	consts := tree.Constants
	for _, d := range decls {
		switch list := structs[d.class]; {
		case len(list) > 0 && list[0].Name == d.name && len(list[0].Fields) == len(d.body.fields):
			d.ast = ast{parsed: true, fields: list[0].Fields}
			structs[d.class] = list[1:]
		case d.class == classConst && len(consts) > 0 && consts[0].Name == d.name:
			d.ast = ast{parsed: true, value: consts[0].Value}
			consts = consts[1:]
		default:
			return fmt.Errorf("the parser finds no %s %s", d.class, d.name)
		}
	}
	if fn == nil {
		return nil
	}
	if len(tree.Services) != 1 || len(tree.Services[0].Functions) != 1 {
		return fmt.Errorf("the parser finds no method %s", fn.name)
	}
	f := tree.Services[0].Functions[0]
	if len(f.Arguments) != len(fn.args) || len(f.Throws) != len(fn.throws) {
		return fmt.Errorf("the parser finds other parameters of method %s", fn.name)
	}
	fn.ast = ast{parsed: true, fields: f.Arguments}
	return nil
}
