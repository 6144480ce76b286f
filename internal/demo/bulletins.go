package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// bulletin is what follows when the stock is used up: numbered and dated notes
// of the kind that newsrooms write by the clock. They share most of their words
// and must stay apart.
func (p *Publisher) bulletin(at time.Time) *item {
	n := p.count
	rnd := rand.New(rand.NewPCG(p.opt.Seed, uint64(n)))
	kinds := []func(*rand.Rand, int, time.Time) *item{p.tremor, p.harbourLog, p.metals, p.halfTime, p.build}
	it := kinds[p.after/2%len(kinds)](rnd, n, at)
	it.Summary = plain(it.Body)
	it.date(at)
	return it
}

func (p *Publisher) tremor(rnd *rand.Rand, n int, at time.Time) *item {
	place := pick(rnd, "Grey Holm", "the Askel Bank", "Fenn Sound", "the Ossary Reef", "Lake Ilde")
	magnitude := fmt.Sprintf("%d.%d", 3+rnd.IntN(2), rnd.IntN(10))
	return &item{
		outlet: p.bySlug["meridian"], ID: "tremor-" + strconv.Itoa(n), Tags: []string{"Earthquakes"},
		Title: fmt.Sprintf("Magnitude %s earthquake strikes near %s", magnitude, place),
		Body: fmt.Sprintf("<p>An earthquake of magnitude %s struck %d km from %s at %s on {day}, at a depth of %d km, the seismological survey said in bulletin %d. There were no immediate reports of damage or injuries.</p>",
			magnitude, 8+rnd.IntN(90), place, at.Format("15:04:05"), 5+rnd.IntN(60), n),
	}
}

func (p *Publisher) harbourLog(rnd *rand.Rand, n int, at time.Time) *item {
	return &item{
		outlet: p.bySlug["harbour-courier"], ID: "log-" + strconv.Itoa(n), Tags: []string{"Harbour log"},
		Title: fmt.Sprintf("Harbour log %d, %s", n, at.Format("15:04:05")),
		Body: fmt.Sprintf("<p>Wind %s, force %d. Barometer %d. Visibility %d miles. %d ships in, %d out, %d waiting in the roads. Water %d.%d degrees, gauge at %d.%02d m.</p>",
			pick(rnd, "south-west", "west", "north-west", "north", "east"), 2+rnd.IntN(6), 985+rnd.IntN(50), 4+rnd.IntN(20),
			2+rnd.IntN(9), 1+rnd.IntN(8), rnd.IntN(5), 7+rnd.IntN(3), rnd.IntN(10), 1+rnd.IntN(3), rnd.IntN(100)),
	}
}

func (p *Publisher) metals(rnd *rand.Rand, n int, at time.Time) *item {
	tin, lead, zinc := 31000+rnd.IntN(1500), 1900+rnd.IntN(150), 2600+rnd.IntN(200)
	return &item{
		outlet: p.bySlug["trade-gazette"], ID: "metals-" + strconv.Itoa(n), Tags: []string{"Metals"},
		Title: fmt.Sprintf("Metals at %s: tin %d, lead %d", at.Format("15:04:05"), tin, lead),
		Body: fmt.Sprintf("<p>Tin changed hands at %d, lead at %d and zinc at %d. Turnover since the bell: %d lots.</p>",
			tin, lead, zinc, 1000+25*rnd.IntN(800)),
	}
}

func (p *Publisher) halfTime(rnd *rand.Rand, n int, at time.Time) *item {
	home := pick(rnd, "Eskmouth Town", "Vellby", "Brannoch Wanderers", "Tolle")
	away := pick(rnd, "Amberholt", "Corrin Bay", "Nordwick Harriers", "Strand Albion")
	a, b := rnd.IntN(4), rnd.IntN(3)
	return &item{
		outlet: p.bySlug["touchline"], ID: "half-time-" + strconv.Itoa(n), Tags: []string{"Football"},
		Title: fmt.Sprintf("Half-time: %s %d, %s %d", home, a, away, b),
		Body: fmt.Sprintf("<p>The teams went in at %d–%d before a crowd of %d. Report %d of the day, filed at %s.</p>",
			a, b, 4000+rnd.IntN(30000), n, at.Format("15:04:05")),
	}
}

func (p *Publisher) build(rnd *rand.Rand, n int, at time.Time) *item {
	return &item{
		outlet: p.bySlug["machine-room"], ID: "nightly-" + strconv.Itoa(n), Tags: []string{"Larkspur", "nightly"},
		Title: fmt.Sprintf("Larkspur nightly %d", n),
		Body: fmt.Sprintf("<p>Built at %s from revision <code>%08x</code>. %d tests passed, %d skipped. As always: for trying, not for trusting.</p>",
			at.Format("15:04:05"), rnd.Uint32(), 4100+rnd.IntN(40), rnd.IntN(9)),
	}
}

func pick(rnd *rand.Rand, all ...string) string { return all[rnd.IntN(len(all))] }
