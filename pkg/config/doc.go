// Package config reads the configuration file: targets with names, and defaults. It knows
// no flags: who reads it says which settings there are, by the names of flags.
//
//	config.go  Config: the files that count, and the settings of a target
//	file.go    File: what one of them says
//	find.go    where they are
//	expand.go  ${NAME} in what they say
//
// Nothing of a Config changes once it is read.
package config
