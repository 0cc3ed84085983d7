package rawdesc

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Most options of real files are a few switches and names, which are decoded here. Options
// that have anything else, as features or extensions, are left to protobuf's decoder.

// setter sets one field of options; false where it is none of those known here.
type setter[T any] func(to *T, n protowire.Number, val []byte, num uint64) bool

// options decodes what is after what came before.
func options[T any, O interface {
	*T
	proto.Message
}](to *O, val []byte, set setter[T]) error {
	if val == nil {
		return nil
	}
	if *to == nil {
		*to = new(T)
	}
	if hasOthers(val) || Walk(val, func(n protowire.Number, val []byte, num uint64) error {
		if !set((*T)(*to), n, val, num) {
			return errOther
		}
		return nil
	}) != nil {
		return proto.UnmarshalOptions{Merge: true}.Unmarshal(val, *to)
	}
	return nil
}

// hasOthers reports whether there are fields that Walk skips, as extensions may be.
func hasOthers(b []byte) bool {
	for len(b) > 0 {
		n, typ, size := protowire.ConsumeTag(b)
		if size < 0 || typ != protowire.VarintType && typ != protowire.BytesType {
			return true
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(n, typ, b); size < 0 {
			return true
		}
		b = b[size:]
	}
	return false
}

func fileOptions(o *descriptorpb.FileOptions, n protowire.Number, val []byte, num uint64) bool {
	switch n {
	case 1:
		return optionText(&o.JavaPackage, val)
	case 8:
		return optionText(&o.JavaOuterClassname, val)
	case 9:
		return optionEnum(&o.OptimizeFor, val, num, descriptorpb.FileOptions_OptimizeMode_name)
	case 10:
		return optionBool(&o.JavaMultipleFiles, val, num)
	case 11:
		return optionText(&o.GoPackage, val)
	case 16:
		return optionBool(&o.CcGenericServices, val, num)
	case 17:
		return optionBool(&o.JavaGenericServices, val, num)
	case 18:
		return optionBool(&o.PyGenericServices, val, num)
	case 23:
		return optionBool(&o.Deprecated, val, num)
	case 27:
		return optionBool(&o.JavaStringCheckUtf8, val, num)
	case 31:
		return optionBool(&o.CcEnableArenas, val, num)
	case 36:
		return optionText(&o.ObjcClassPrefix, val)
	case 37:
		return optionText(&o.CsharpNamespace, val)
	case 39:
		return optionText(&o.SwiftPrefix, val)
	case 40:
		return optionText(&o.PhpClassPrefix, val)
	case 41:
		return optionText(&o.PhpNamespace, val)
	case 44:
		return optionText(&o.PhpMetadataNamespace, val)
	case 45:
		return optionText(&o.RubyPackage, val)
	}
	return false
}

func messageOptions(o *descriptorpb.MessageOptions, n protowire.Number, val []byte, num uint64) bool {
	switch n {
	case 3:
		return optionBool(&o.Deprecated, val, num)
	case 7:
		return optionBool(&o.MapEntry, val, num)
	}
	return false
}

func fieldOptions(o *descriptorpb.FieldOptions, n protowire.Number, val []byte, num uint64) bool {
	switch n {
	case 1:
		return optionEnum(&o.Ctype, val, num, descriptorpb.FieldOptions_CType_name)
	case 2:
		return optionBool(&o.Packed, val, num)
	case 3:
		return optionBool(&o.Deprecated, val, num)
	case 5:
		return optionBool(&o.Lazy, val, num)
	case 6:
		return optionEnum(&o.Jstype, val, num, descriptorpb.FieldOptions_JSType_name)
	case 16:
		return optionBool(&o.DebugRedact, val, num)
	}
	return false
}

func enumOptions(o *descriptorpb.EnumOptions, n protowire.Number, val []byte, num uint64) bool {
	switch n {
	case 2:
		return optionBool(&o.AllowAlias, val, num)
	case 3:
		return optionBool(&o.Deprecated, val, num)
	}
	return false
}

func enumValueOptions(o *descriptorpb.EnumValueOptions, n protowire.Number, val []byte, num uint64) bool {
	return n == 1 && optionBool(&o.Deprecated, val, num)
}

func serviceOptions(o *descriptorpb.ServiceOptions, n protowire.Number, val []byte, num uint64) bool {
	return n == 33 && optionBool(&o.Deprecated, val, num)
}

func methodOptions(o *descriptorpb.MethodOptions, n protowire.Number, val []byte, num uint64) bool {
	switch n {
	case 33:
		return optionBool(&o.Deprecated, val, num)
	case 34:
		return optionEnum(&o.IdempotencyLevel, val, num, descriptorpb.MethodOptions_IdempotencyLevel_name)
	}
	return false
}

// oneofOptions and rangeOptions have nothing but what is left to protobuf's decoder.

func oneofOptions(*descriptorpb.OneofOptions, protowire.Number, []byte, uint64) bool { return false }

func rangeOptions(*descriptorpb.ExtensionRangeOptions, protowire.Number, []byte, uint64) bool {
	return false
}

func optionText(to **string, val []byte) bool {
	setText(to, val)
	return val != nil
}

func optionBool(to **bool, val []byte, num uint64) bool {
	setBool(to, val, num)
	return val == nil
}

// optionEnum refuses numbers without a name, which protobuf keeps with unknown fields.
func optionEnum[E ~int32](to **E, val []byte, num uint64, names map[int32]string) bool {
	if _, known := names[int32(num)]; val != nil || !known {
		return false
	}
	setEnum(to, val, num)
	return true
}
