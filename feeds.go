// Package tidings carries what stands at the root of the repository: the list of
// feeds that a first run subscribes to, so that the bare binary has it too.
package tidings

import _ "embed"

// FeedsOPML is feeds.opml: a curated list of public feeds, as OPML 2.0.
//
//go:embed feeds.opml
var FeedsOPML []byte
