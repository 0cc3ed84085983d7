package protoidl

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/mend"
)

// encoded is the descriptor of a part, repaired if the closure says so.
func (c *closure) encoded(pt *part) (*descriptorpb.FileDescriptorProto, error) {
	fd, err := cutRaw(pt.file, pt, c.detail)
	if wrong, ok := errors.AsType[*idl.DescriptorError](err); ok {
		wrong.Remote = c.p.remote != nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	if c.mend {
		found = mend.File(fd)
	}
	if !c.detail {
		found = append(found, mend.JSON(fd)...)
	}
	if len(found) > 0 {
		c.mended = append(c.mended, mended{pt.file, found, c.mend})
	}
	return fd, nil
}

// mended is a file with what was wrong with it.
type mended struct {
	file  *file
	found []string
	// links says that it does not link otherwise.
	links bool
}

// tellMended warns of what has been repaired, once for each file.
func (p *pool) tellMended(c *closure) {
	for _, m := range c.mended {
		m.file.mended = m.file.mended || m.links
		if m.file.told {
			continue
		}
		m.file.told = true
		whose := "the"
		if p.remote != nil {
			whose = "the server's"
		}
		more := ""
		if n := len(m.found) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more)", n)
		}
		p.warning(fmt.Sprintf("%s descriptor of %s is wrong: %s%s; repaired", whose, m.file.shown, m.found[0], more))
	}
}
