package protoprint

import (
	"google.golang.org/protobuf/types/descriptorpb"
)

// Numbers of the fields of descriptors that declarations are in; source
// locations consist of them (google/protobuf/descriptor.proto).
const (
	filePackage      int32 = 2
	fileDependencies int32 = 3
	fileMessages     int32 = 4
	fileEnums        int32 = 5
	fileServices     int32 = 6
	fileExtensions   int32 = 7
	fileOptions      int32 = 8
	fileSyntax       int32 = 12
	fileEdition      int32 = 14
	fileOptionDeps   int32 = 15

	messageFields         int32 = 2
	messageMessages       int32 = 3
	messageEnums          int32 = 4
	messageRanges         int32 = 5
	messageExtensions     int32 = 6
	messageOptions        int32 = 7
	messageOneofs         int32 = 8
	messageReservedRanges int32 = 9
	messageReservedNames  int32 = 10

	fieldDefault int32 = 7
	fieldOptions int32 = 8
	fieldJSON    int32 = 10

	oneofOptions int32 = 2
	rangeOptions int32 = 3

	enumValues         int32 = 2
	enumOptions        int32 = 3
	enumReservedRanges int32 = 4
	enumReservedNames  int32 = 5
	valueOptions       int32 = 3

	serviceMethods int32 = 2
	serviceOptions int32 = 3
	methodOptions  int32 = 4
)

type location = descriptorpb.SourceCodeInfo_Location

// locations finds locations by their path. A path has several where the source
// has several blocks that the descriptor does not tell apart.
type locations map[string][]*location

func indexLocations(info *descriptorpb.SourceCodeInfo) locations {
	if len(info.GetLocation()) == 0 {
		return nil
	}
	found := make(locations, len(info.GetLocation()))
	for _, l := range info.GetLocation() {
		if s := len(l.Span); s != 3 && s != 4 {
			continue
		}
		key := pathKey(l.Path)
		found[key] = append(found[key], l)
	}
	for _, l := range info.GetLocation() {
		if path := optionPath(l.Path); len(path) > 0 && len(path) < len(l.Path) && len(l.Span) >= 3 {
			if key := pathKey(path); found[key] == nil {
				found[key] = []*location{l}
			}
		}
	}
	return found
}

func pathKey(path []int32) string {
	key := make([]byte, 0, 4*len(path))
	for _, n := range path {
		key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return string(key)
}

// at is the location of a path; nil if it is unknown.
func (found locations) at(path []int32) *location {
	if found == nil {
		return nil
	}
	if list := found[pathKey(path)]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// around is the block, one of those at a path, that contains another location.
func (found locations) around(path []int32, inner *location) *location {
	if inner == nil {
		return nil
	}
	for _, l := range found[pathKey(path)] {
		if !before(inner.Span, l.Span) && !before(spanEnd(l.Span), inner.Span) {
			return l
		}
	}
	return nil
}

func spanEnd(span []int32) []int32 {
	if len(span) == 3 {
		return []int32{span[0], span[2]}
	}
	return span[2:]
}

// before reports whether a span begins before another.
func before(a, b []int32) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

type pathKind byte

const (
	inOther pathKind = iota
	inFile
	inMessage
	inField
	inOneof
	inRange
	inEnum
	inValue
	inService
	inMethod
)

// optionPath is the part of a location's path that ends with the number of an
// option; nil if the location is not within an option.
func optionPath(path []int32) []int32 {
	kind := inFile
	for i := 0; i+1 < len(path) && kind != inOther; i += 2 {
		if path[i] == kind.options() {
			return path[:i+2]
		}
		kind = kind.child(path[i])
	}
	return nil
}

func (k pathKind) options() int32 {
	switch k {
	case inFile:
		return fileOptions
	case inMessage:
		return messageOptions
	case inField:
		return fieldOptions
	case inOneof:
		return oneofOptions
	case inRange:
		return rangeOptions
	case inEnum:
		return enumOptions
	case inValue:
		return valueOptions
	case inService:
		return serviceOptions
	case inMethod:
		return methodOptions
	}
	return -1
}

func (k pathKind) child(number int32) pathKind {
	switch k {
	case inFile:
		return fileChild(number)
	case inMessage:
		return messageChild(number)
	case inEnum:
		if number == enumValues {
			return inValue
		}
	case inService:
		if number == serviceMethods {
			return inMethod
		}
	}
	return inOther
}

func fileChild(number int32) pathKind {
	switch number {
	case fileMessages:
		return inMessage
	case fileEnums:
		return inEnum
	case fileServices:
		return inService
	case fileExtensions:
		return inField
	}
	return inOther
}

func messageChild(number int32) pathKind {
	switch number {
	case messageFields, messageExtensions:
		return inField
	case messageMessages:
		return inMessage
	case messageEnums:
		return inEnum
	case messageRanges:
		return inRange
	case messageOneofs:
		return inOneof
	}
	return inOther
}
