package dedup

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
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

// verdict is that of a near-copy, with its evidence.
func (m *match) verdict() feed.Verdict {
	v := feed.Verdict{Level: feed.LevelNear, Of: m.r.entry, Score: shown(m.score, m.need), Need: enough}
	if m.long && m.share >= 0.8 {
		v.Level = feed.LevelPart
	}
	v.Evidence = m.shared() + apartText(m.gap)
	return v
}

// relation says for people why two stories are of one event.
func (m *match) relation() string {
	s := "Both are about the same happening"
	if len(m.names) > 0 {
		s = "Both name " + enumerate(m.names)
	}
	return s + apartText(m.gap)
}

// apart says for people why two entries are not one story.
func (m *match) apart() string {
	switch {
	case m.veto == "" && m.score >= m.need:
		return "Another story is nearer"
	case m.veto == "":
		return fmt.Sprintf("Kept apart: %.1f against %.1f points", shown(m.score, m.need), enough)
	}
	return "Kept apart: " + m.veto.reason()
}

// shared says for people what two entries share.
func (m *match) shared() string {
	s := "Told in other words"
	switch {
	case !m.long:
		s = fmt.Sprintf("%.0f %% of the shorter title", 100*m.x[fTitleBoth])
	case m.share >= 0.3:
		s = fmt.Sprintf("%.0f %% of the shorter text", 100*m.share)
	}
	if len(m.names) > 0 {
		s += ", both name " + enumerate(m.names)
	}
	return s
}

// enough is how many points people are told to be needed. The models' own
// thresholds differ; what counts is the distance from them.
const enough = 6.0

// shown are the points as people are told them, to a tenth.
func shown(score, need float64) float64 { return math.Round(10*(score-need+enough)) / 10 }

// enumerate joins words as people do.
func enumerate(ss []string) string {
	switch n := len(ss); n {
	case 0:
		return ""
	case 1:
		return ss[0]
	default:
		return strings.Join(ss[:n-1], ", ") + " and " + ss[n-1]
	}
}

// sharedNames are the heaviest words that both have, names first, at most three, as
// the newcomer writes them.
func (p *pair) sharedNames() []string {
	type word struct {
		i      int
		weight float32
	}
	var ws []word
	for i, in := range p.inB {
		if !in || p.a.surface == nil || p.a.flags[i]&(termNumber|termDay) != 0 || p.a.flags[i]&termClass > termFlags(frequentWord) {
			continue
		}
		w := p.aw[i]
		if p.nameA(i) {
			w += 10
		}
		ws = append(ws, word{i, w})
	}
	slices.SortStableFunc(ws, func(a, b word) int { return cmp.Compare(b.weight, a.weight) })
	var out []string
	for _, w := range ws[:min(3, len(ws))] {
		out = append(out, p.a.surface[w.i])
	}
	return out
}

// reason says for people what a veto found.
func (v veto) reason() string {
	switch v {
	case vetoNumbers:
		return "the same frame with other numbers"
	case vetoDays:
		return "the same frame with other days"
	case vetoNames:
		return "the same frame with other names"
	case vetoWords:
		return "the same frame with other words"
	case vetoSeries:
		return "the next one of a series"
	case vetoBoiler:
		return "they share only what the publisher says of everything"
	case vetoForm:
		return "one is an opinion, an explainer, a preview or the like"
	case vetoDenial:
		return "one denies what the other says"
	case vetoTitles:
		return "titles alone, of one publisher"
	case vetoParted:
		return "you said that it is another story"
	case vetoScant:
		return "they share hardly more than a word"
	case vetoReader:
		return "you switched copies off for one of the feeds"
	}
	return "it doesn't match the rest of that story"
}
