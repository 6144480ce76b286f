package dedup

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// told is a title and a text of one feed.
type told struct {
	feed        uint64
	after       time.Duration // the other one
	title, text string
}

// against compares an item with an older one that is all that the window holds.
func (b told) against(a told) *pair {
	x := NewIndex(14 * 24 * time.Hour)
	one := arrival{feed: a.feed, title: a.title, text: a.text}.sketch()
	x.Place(1, a.feed, 1, 1, start, one)
	two := arrival{feed: b.feed, title: b.title, text: b.text}.sketch()
	p := &x.near.pair
	x.near.prepare(two.m)
	p.same = a.feed == b.feed
	p.begin(one.m, b.after)
	p.finish()
	return p
}

// Each veto catches the pair that it is for, and leaves one that is much like it.
// The title and text of the second item are said in brackets where they are others.
func TestVetoes(t *testing.T) {
	const h, d = time.Hour, 24 * time.Hour
	for _, c := range []struct {
		want       veto
		a, b, copy told // b is caught, copy isn't
	}{
		{vetoNumbers,
			told{1, 0, "Quake of magnitude 4.7 shakes Umber", "A quake of magnitude 4.7 shook the north of Umber at a depth of 31 kilometres, the observatory said, and no damage was reported."},
			told{2, h, "Quake of magnitude 5.3 shakes Umber", "A quake of magnitude 5.3 shook the north of Umber at a depth of 62 kilometres, the observatory said, and no damage was reported."},
			told{2, h, "Quake of magnitude 4.7 shakes Umber", "A quake of 4.7 shook the north of Umber at a depth of 31 kilometres, said the observatory. No damage was reported."}},
		{vetoNumbers, // rounded is no other number
			told{1, 0, "Quarry strike in Umber: 1,214 miners stay out", "In Umber 1,214 miners stayed out of the quarry after a vote of the night shift, and the owners closed the gates."},
			told{2, h, "Quarry strike in Umber: 840 miners stay out", "In Umber 840 miners stayed out of the quarry after a vote of the night shift, and the owners closed the gates."},
			told{2, h, "Quarry strike in Umber: 1,200 miners stay out", "In Umber about 1,200 miners stayed out of the quarry after a vote of the night shift, and the owners closed the gates."}},
		{vetoDays,
			told{1, 0, "Markets wrap for Monday: Umber shares drift lower", "Shares in Umber drifted lower as miners and mills gave back their gains of the week before, dealers said."},
			told{2, h, "Markets wrap for Tuesday: Umber shares drift lower", "Shares in Umber drifted lower as miners and mills gave back their gains of the week before, dealers said."},
			told{2, h, "Markets wrap for Monday: Umber shares drift lower", "Shares in Umber drifted lower as miners and mills gave back gains, dealers said."}},
		{vetoNames,
			told{1, 0, "Sallow beats Ferrow in the cup", ""},
			told{2, h, "Tarrow beats Nettlefold in the cup", ""},
			told{2, h, "Sallow beats Ferrow in the cup final", ""}},
		{vetoWords,
			told{1, 0, "Police in Marrow search for stolen cello of orchestra", ""},
			told{2, h, "Police in Marrow search for missing ferret of orchestra", ""},
			told{2, h, "Police in Marrow search for stolen cello", ""}},
		{vetoWords, // the opposite
			told{1, 0, "Shares of the Umber mills rise after the vote in Marrow", "Shares of the mills in Umber moved after the vote in Marrow, as dealers had expected of a council that means to keep the tolls."},
			told{2, h, "Shares of the Umber mills fall after the vote in Marrow", "Shares of the mills in Umber moved after the vote in Marrow, as dealers had expected of a council that means to end the tolls."},
			told{2, h, "Shares of the Umber mills climb after the vote in Marrow", "Shares of the mills in Umber moved after the vote in Marrow, as dealers had expected of a council that means to keep the tolls."}},
		{vetoWords,
			told{1, 0, "Ferry opens a second quay on the north shore of Umber", ""},
			told{2, h, "Ferry opens a second quay on the south shore of Umber", ""},
			told{2, h, "Ferry opens second quay on Umber's northern shore", ""}},
		{vetoNumbers, // of the next days, in other words
			told{1, 0, "Umber cotton rate slips", "The rate for Umber cotton slipped 3 points to 161, the bureau said at 8:17. It stood at 164 in May, with 42 bids, and the Ferrow rate lost 9."},
			told{2, 3 * d, "Rates for cotton decline, bureau says", "The bureau said at 9:45 that the Ferrow rate lost 11 points. The rate for Umber cotton slipped 5 to 152 with 38 bids, after 157 in June."},
			told{2, 3 * d, "Rate for cotton slips, bureau says", "The bureau said that the rate for Umber cotton slipped 3 points to 161 at 8:17, after 164 in May, with 42 bids. The Ferrow rate lost 9."}},
		{vetoScant, // who, and not what
			told{1, 0, "Harrowgate Sallow Ferrow opens a counter for savers in Umber", ""},
			told{2, h, "Moves: Harrowgate Sallow Ferrow", ""},
			told{2, h, "Harrowgate Sallow Ferrow opens counter for savers", ""}},
		{vetoSeries,
			told{1, 0, "Reading the tide tables, with Anka Brill: nets for herring", notes},
			told{1, 3 * h, "Reading the tide tables, with Anka Brill: pies from seaweed", owls},
			told{2, 3 * h, "Reading the tide tables, with Anka Brill: nets for herring", notes}},
		{vetoSeries, // again after half a day
			told{1, 0, "The sea, daily", notes},
			told{1, 12 * h, "The sea, daily", notes},
			told{1, 12*h - time.Second, "The sea, daily", notes}},
		{vetoBoiler,
			told{1, 0, "Herring at dawn", notes},
			told{1, h, "Gales and letters", notes},
			told{2, h, "Gales and letters", notes}},
		{vetoBoiler,
			told{1, 0, "Herring at dawn off Sallow Head", "Subscribe to our newsletter and read more."},
			told{2, h, "Gales and letters", "Subscribe to our newsletter and read more."},
			told{2, h, "Herring at dawn off Sallow Head", "Subscribe to our newsletter and read more."}},
		{vetoForm,
			told{1, 0, "Marrow council approves the Tarn bridge", "The council of Marrow approved a bridge over the Tarn and will close two libraries to pay for it."},
			told{2, h, "Opinion: the Tarn bridge is the wrong one for Marrow", "Nobody asked the readers. A council that closes two libraries for concrete has lost its way, and should say so."},
			told{2, h, "Tarn bridge gets the nod from Marrow", "A bridge over the Tarn was approved by the council of Marrow, which closes two libraries to pay."}},
		{vetoDenial,
			told{1, 0, "Minister Adler to leave over Tarn bridge", "Minister Adler is about to leave her post over the cost of the bridge, two officials said, and could go within days."},
			told{2, 5 * h, "Minister Adler denies that she will leave over Tarn bridge", "There was no truth in it, she told reporters outside the ministry, and she had a great deal of work to do."},
			told{2, 5 * h, "Minister Adler to leave post over Tarn bridge", "Officials said that Minister Adler could be gone within days because of what the bridge cost."}},
		{vetoTitles,
			told{1, 0, "Marrow council approves the Tarn bridge", ""},
			told{1, h, "Marrow council approves the Tarn bridge", ""},
			told{2, h, "Marrow council approves the Tarn bridge", ""}},
		{vetoTitles,
			told{1, 0, "Letters to the editor", goals},
			told{1, h, "Letters to the editor", recipe},
			told{1, h, "Letters to the editor", strings.Replace(goals, "in the rain", "in heavy rain", 1)}},
		{vetoScant,
			told{1, 0, "Budget", ""},
			told{2, h, "Budget", ""},
			told{3, h, "Marrow budget fails in Umber", ""}},
	} {
		if got := c.b.against(c.a).veto(); got != c.want {
			t.Errorf("%q and %q: veto %q, want %q", c.a.title, c.b.title, got, c.want)
		}
		if c.want == vetoScant {
			c.a = c.copy
			c.a.feed = 1
		}
		if got := c.copy.against(c.a).veto(); got != "" {
			t.Errorf("%q and %q: veto %q, want none", c.a.title, c.copy.title, got)
		}
		if c.want.reason() == veto("").reason() {
			t.Errorf("veto %q has no reason for people", c.want)
		}
	}
}

// Each reason is told in words of its own.
func TestReasons(t *testing.T) {
	seen := map[string]veto{}
	for _, v := range []veto{vetoNumbers, vetoDays, vetoNames, vetoWords, vetoSeries, vetoBoiler, vetoForm, vetoDenial, vetoTitles, vetoScant, vetoStory, vetoReader, vetoParted} {
		if was, ok := seen[v.reason()]; ok {
			t.Errorf("%q and %q are told alike: %s", v, was, v.reason())
		}
		seen[v.reason()] = v
	}
}

// slotsOf writes down where two titles differ: what stands in each other's place, with
// "." for a word that both have before or behind.
func slotsOf(p *pair) string {
	var out []string
	words := func(m *matter, is []uint8) string {
		var ws []string
		for _, i := range is {
			ws = append(ws, m.surface[i])
		}
		return strings.Join(ws, " ")
	}
	for _, s := range p.swapsT {
		text := fmt.Sprintf("[%s|%s]", words(p.a, s.a), words(p.b, s.b))
		if s.before {
			text = "." + text
		}
		if s.behind {
			text += "."
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestFrame(t *testing.T) {
	for _, c := range []struct {
		a, b, want string // the older one is a
		step       float64
	}{
		{"Sallow beats Ferrow", "Sallow beats Ferrow", "", 1},
		{"Sallow beats Ferrow", "Tarrow beats Umber", "[Tarrow|Sallow]. .[Umber|Ferrow]", 1. / 3},
		{"Rain over Umber today", "Snow over Umber today", "[Snow|Rain].", 3. / 4},
		{"Rain over Umber today", "Rain over Umber", ".[|today]", 1},
		{"Rain over Umber", "Heavy rain over Umber", "[Heavy|].", 1},
		{"Umber wins two to one", "Umber wins three to one", ".[three|two].", 4. / 5},
		{"Rain falls", "Snow lies", "", 0},
		{"", "Snow lies", "", 0},
	} {
		p := told{feed: 2, title: c.b}.against(told{feed: 1, title: c.a})
		if got := slotsOf(p); got != c.want && c.step > 0 {
			t.Errorf("%q and %q: slots %s, want %s", c.a, c.b, got, c.want)
		}
		if got := p.x[fFrame]; math.Abs(got-c.step) > 1e-9 {
			t.Errorf("%q and %q: %v in step, want %v", c.a, c.b, got, c.step)
		}
	}
}

// The features of a pair are within their bounds, those of a text with itself at the
// best end, and nothing depends on which of two texts came first but by the clock.
func TestFeatures(t *testing.T) {
	s := newStream(t, 31)
	for range 200 {
		_, a := s.next()
		_, b := s.next()
		if s.r.IntN(2) == 0 {
			b.Title, b.Text = s.retell(a.Title, 3), s.retell(a.Text, 2)
		}
		p := told{2, time.Hour, b.Title, b.Text}.against(told{1, 0, a.Title, a.Text})
		for i, v := range p.x {
			if math.IsNaN(v) || v < 0 || v > 1.000001 && i != fShared && i != fRareShared && i != fGap && i != fDays && i != fLong && i != fRatio {
				t.Errorf("%s is %v: %q and %q", featureNames[i], v, a.Title, b.Title)
			}
		}
	}
	for _, text := range []string{wire, russian, arabic, chinese, thai, hindi, korean} {
		p := told{2, 0, text, text + " " + text}.against(told{1, 0, text, text + " " + text})
		for _, i := range []int{fContain, fTitleIn, fTitleBoth, fTitleDice, fRun, fRuns5, fFrame, fLead} {
			if p.x[i] < 0.999 && !(i == fRun && p.x[i] > 0.5) {
				t.Errorf("%.20s with itself: %s is %v", text, featureNames[i], p.x[i])
			}
		}
		for _, i := range []int{fClash, fSwap, fAlien, fAlienLead, fGap, fRatio, fForm, fDenial} {
			if p.x[i] != 0 {
				t.Errorf("%.20s with itself: %s is %v", text, featureNames[i], p.x[i])
			}
		}
	}
}

func TestClose(t *testing.T) {
	for _, c := range []struct {
		a, b float32
		want bool
	}{
		{1214, 1200, true}, {1200, 1214, true}, {1214, 1210, false}, {1250, 1300, true}, {1200, 1300, false},
		{3, 3, true}, {3, 4, false}, {19, 20, false}, {4.7, 5, false}, {54.8e9, 55e9, true}, {54.8e9, 50e9, false},
		{12_340, 12_300, true}, {0, 0, true}, {0, 1, false},
	} {
		if got := close(c.a, c.b); got != c.want || got != close(c.b, c.a) {
			t.Errorf("%v and %v: %v", c.a, c.b, got)
		}
	}
}
