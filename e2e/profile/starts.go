package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
)

// starts has the line that each function of a program begins on: profiles have
// places inside functions, which stay true when what is above them changes.
func starts(program string) (map[string]int64, error) {
	file, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return nil, fmt.Errorf("read debug information of %s: %w", program, err)
	}
	lines := map[string]int64{}
	for r := data.Reader(); ; {
		entry, err := r.Next()
		if err != nil || entry == nil {
			return lines, err
		}
		if entry.Tag != dwarf.TagSubprogram {
			continue
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		if line, ok := entry.Val(dwarf.AttrDeclLine).(int64); ok {
			lines[name] = line
		}
		r.SkipChildren()
	}
}
