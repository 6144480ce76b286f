package dedup

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What the shortcut folds, it folds like the long way, alone and before any
// mark that normalising could join to it.
func TestFoldCommonIsFoldAny(t *testing.T) {
	known := 0
	for r := rune(utf8.RuneSelf); r < 0x20000; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		fast, kind := foldCommon(r)
		if kind == unknown {
			continue
		}
		known++
		if !norm.NFKC.IsNormalString(string(r)) {
			if kind != breaks {
				t.Errorf("%U is not normal, yet the shortcut takes it", r)
			}
			for _, n := range norm.NFKC.String(string(r)) {
				if n >= utf8.RuneSelf {
					if _, k := foldAny(n); k != breaks {
						t.Errorf("%U breaks words, %U doesn't", r, n)
					}
				} else if foldASCII(byte(n)) != 0 {
					t.Errorf("%U breaks words, %q doesn't", r, n)
				}
			}
			continue
		}
		slow, want := foldAny(r)
		if kind != want || kind != breaks && fast != slow {
			t.Errorf("%U: shortcut %U %d, long way %U %d", r, fast, kind, slow, want)
		}
		if p := norm.NFKC.PropertiesString(string(r)); !p.BoundaryBefore() && kind != follows {
			t.Errorf("%U joins what stands before it", r)
		}
	}
	if known < 30_000 {
		t.Errorf("the shortcut knows %d characters", known)
	}
}
