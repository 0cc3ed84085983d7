package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// member is one of a JSON object.
type member struct {
	name string
	json []byte
}

// object is a JSON object.
func object(members []member) []byte {
	dst := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, quote(m.name)...), ':')
		dst = append(dst, m.json...)
	}
	return append(dst, '}')
}

// members takes an object apart that a codec has written, in its order.
func members(text []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("it is no JSON object")
	}
	var list []member
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		list = append(list, member{name, value})
	}
	return list, nil
}
