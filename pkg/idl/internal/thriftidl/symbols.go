package thriftidl

import "context"

// Symbols lists what the named files declare; see idl.Schema.
func (s *Schema) Symbols(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readSound(ctx); err != nil {
		return nil, err
	}
	var list []string
	for _, f := range s.files {
		if !f.named {
			continue
		}
		for _, d := range f.decls {
			if d.class.space() == spaceService {
				list = append(list, s.serviceName(d))
			} else {
				list = append(list, d.full())
			}
		}
	}
	return list, nil
}
