package measure

import (
	"fmt"
	"hash/fnv"
)

// Split is the part of each set that is measured.
type Split string

// The splits. What is tuned on one half may be reported on the other.
const (
	All   Split = "all"
	Train Split = "train"
	Test  Split = "test"
)

// ParseSplit reads a split; empty is all.
func ParseSplit(s string) (Split, error) {
	switch x := Split(s); x {
	case "":
		return All, nil
	case All, Train, Test:
		return x, nil
	}
	return "", fmt.Errorf("want all, train or test for a split, got %q", s)
}

// has reports whether what the keys name belongs to the split. The order of the
// keys counts; half of all keys are in train.
func (s Split) has(keys ...string) bool {
	if s == All || s == "" {
		return true
	}
	h := fnv.New64a()
	for _, k := range keys {
		h.Write([]byte(k))
		h.Write([]byte{0})
	}
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return (x&1 == 0) == (s == Train)
}
