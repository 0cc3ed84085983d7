package main

import (
	"bytes"
	"compress/gzip"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of fields in google/pprof's profile.proto.
const (
	profileSampleType = 1
	profileSample     = 2
	profileLocation   = 4
	profileFunction   = 5
	profileStrings    = 6

	valueType, valueUnit                   = 1, 2
	sampleLocation, sampleValue            = 1, 2
	locationID, locationLine               = 1, 4
	lineFunction, lineLine                 = 1, 2
	functionID, functionName, functionLine = 1, 2, 5
)

// profile is one of pprof's as the compiler reads it: each sample is a call, and has
// two places, of the callee and of the caller. It has no paths, no times and no
// addresses, so that it is the same for the same counts.
type profile struct {
	out       []byte
	strings   map[string]uint64
	table     []string
	functions map[string]uint64
	locations map[place]uint64
	starts    map[string]int64
}

type place struct {
	function string
	line     int64
}

// encode writes the calls, most frequent first.
func encode(c calls, kept []site, starts map[string]int64) ([]byte, error) {
	p := &profile{strings: map[string]uint64{}, functions: map[string]uint64{}, locations: map[place]uint64{}, starts: starts}
	p.text("")
	p.message(profileSampleType, p.number(p.number(nil, valueType, p.text("samples")), valueUnit, p.text("count")))
	for _, s := range kept {
		sample := p.number(nil, sampleLocation, p.location(place{s.callee, starts[s.callee]}))
		sample = p.number(sample, sampleLocation, p.location(place{s.caller, s.line}))
		p.message(profileSample, p.number(sample, sampleValue, uint64(c[s])))
	}
	for _, s := range p.table {
		p.message(profileStrings, []byte(s))
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(p.out); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (p *profile) message(field protowire.Number, body []byte) {
	p.out = protowire.AppendTag(p.out, field, protowire.BytesType)
	p.out = protowire.AppendBytes(p.out, body)
}

func (p *profile) number(to []byte, field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, field, protowire.VarintType), value)
}

func (p *profile) text(s string) uint64 {
	id, ok := p.strings[s]
	if !ok {
		id = uint64(len(p.table))
		p.strings[s] = id
		p.table = append(p.table, s)
	}
	return id
}

func (p *profile) function(name string) uint64 {
	id, ok := p.functions[name]
	if !ok {
		id = uint64(len(p.functions) + 1)
		p.functions[name] = id
		f := p.number(nil, functionID, id)
		f = p.number(f, functionName, p.text(name))
		p.message(profileFunction, p.number(f, functionLine, uint64(p.starts[name])))
	}
	return id
}

func (p *profile) location(at place) uint64 {
	id, ok := p.locations[at]
	if !ok {
		id = uint64(len(p.locations) + 1)
		p.locations[at] = id
		line := p.number(p.number(nil, lineFunction, p.function(at.function)), lineLine, uint64(at.line))
		l := p.number(nil, locationID, id)
		l = protowire.AppendTag(l, locationLine, protowire.BytesType)
		p.message(profileLocation, protowire.AppendBytes(l, line))
	}
	return id
}
