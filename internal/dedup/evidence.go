package dedup

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxShown is the longest address in evidence, in characters.
const maxShown = 80

// addressEvidence says for people that r has e's address.
func (e *newcomer) addressEvidence(r *record) string {
	s := "Same address"
	if shown := showAddress(e.url); shown != "" {
		s += ": " + shown
	}
	return s + apartText(gap(&e.record, r))
}

// textEvidence says for people that r has e's text.
func (e *newcomer) textEvidence(r *record) string {
	what, unit := "text", "words"
	if e.short {
		what = "title and text"
	}
	if e.chars {
		unit = "characters"
	}
	return fmt.Sprintf("Same %s, %d %s%s", what, e.length, unit, apartText(gap(&e.record, r)))
}

// showAddress is an address in short: canonical, readable, without its scheme.
func showAddress(url string) string {
	s := strings.TrimPrefix(CanonicalURL(url), "https://")
	if d := decode(s); utf8.ValidString(d) && strings.IndexFunc(d, unprintable) < 0 {
		s = d
	}
	if utf8.RuneCountInString(s) <= maxShown {
		return s
	}
	return string([]rune(s)[:maxShown-1]) + "…"
}

// unprintable are characters that would break a line or hide others.
func unprintable(r rune) bool {
	return r < ' ' || r >= 0x7F && r < 0xA0 || r >= 0x2000 && r <= 0x206F || r == 0xFEFF
}

// apartText is ", 2 hours apart".
func apartText(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int((d+12*time.Hour)/(24*time.Hour)), "day"
	case d >= 90*time.Minute:
		n, unit = int((d+30*time.Minute)/time.Hour), "hour"
	}
	switch n {
	case 0:
		return ", at the same time"
	case 1:
		return ", 1 " + unit + " apart"
	}
	return fmt.Sprintf(", %d %ss apart", n, unit)
}
