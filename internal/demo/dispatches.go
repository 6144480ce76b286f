package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// dispatch is a story of the agency after the stock is used up, which another
// outlet reprints next, see reprint.
func (p *Publisher) dispatch(at time.Time) *item {
	n := p.after/4 + 1
	rnd := rand.New(rand.NewPCG(p.opt.Seed, uint64(p.count)))
	kinds := []func(*rand.Rand, int) (title, body string){ferryOrder, museumFind, bridgeWorks, harvest}
	title, body := kinds[n%len(kinds)](rnd, n)
	it := &item{outlet: p.bySlug["meridian"], ID: "dispatch-" + strconv.Itoa(n), Title: title, Tags: []string{"Dispatches"}, Body: body}
	it.Summary = plain(it.Body)
	it.date(at)
	p.wire = it
	return it
}

// reprint is the last dispatch as another outlet prints it, in its words.
func (p *Publisher) reprint(at time.Time) *item {
	it := &item{outlet: p.bySlug["harbour-courier"], ID: "agency-" + p.wire.ID, Tags: []string{"Agency"}}
	if p.after%8 > 4 {
		it.outlet = p.bySlug["evening-ledger"]
		it.Link = p.wire.path() + "?utm_source=evening-ledger&utm_medium=rss&utm_campaign=wire"
	}
	it.repeat(p.wire)
	it.date(at)
	return it
}

func town(rnd *rand.Rand) string {
	return pick(rnd, "Eskmouth", "Vellby", "Brannoch", "Corrin Bay", "Amberholt", "Tolle", "Nordwick", "Lower Strand")
}

func person(rnd *rand.Rand) string {
	return pick(rnd, "Ada", "Bruno", "Clara", "Edvin", "Greta", "Henrik", "Iris", "Jonas") + " " +
		pick(rnd, "Brandt", "Castell", "Dorn", "Ekberg", "Falk", "Holm", "Lund", "Maro")
}

func ferryOrder(rnd *rand.Rand, n int) (title, body string) {
	at, who, seats, price := town(rnd), person(rnd), 120+rnd.IntN(300), 11+rnd.IntN(60)
	return fmt.Sprintf("%s orders electric ferry number %d for %d passengers", at, n, seats),
		fmt.Sprintf(`<p>The port of %s ordered an electric ferry for %d passengers on {day}, the mayor, %s, said. It is to cost %d million crowns and replaces a diesel boat that has made %d crossings.</p>
<p>The yard has %d months to build it. “We tried the batteries on the mayor's own sloop first,” %s said, “and she came home under sail.” The council voted %d to %d for the purchase, after a debate about the colour.</p>`,
			at, seats, who, price, 10000+rnd.IntN(80000), 9+rnd.IntN(20), who, 20+rnd.IntN(20), 1+rnd.IntN(15))
}

func museumFind(rnd *rand.Rand, n int) (title, body string) {
	at, who := town(rnd), person(rnd)
	thing := pick(rnd, "a map of the coast", "a brass sextant", "a box of glass plates", "a ship's bell", "a book of recipes", "a painted fan")
	room, year := 100+n, 1610+rnd.IntN(280)
	return fmt.Sprintf("Museum of %s finds %s behind the wall of room %d", at, thing, room),
		fmt.Sprintf(`<p>Workmen at the museum of %s found %s when they opened a wall of room %d on {day}. The curator, %s, dates it to the year %d, by a tailor's bill that was wrapped around it.</p>
<p>It is to be shown from next week, next to the bill, which is still unpaid. With interest it would come to %d crowns, the museum reckons. Descendants of the tailor have until the spring to come forward; %d people have done so since the morning.</p>`,
			at, thing, room, who, year, 1000+rnd.IntN(90000), 2+rnd.IntN(40))
}

func bridgeWorks(rnd *rand.Rand, n int) (title, body string) {
	at, who, weeks := town(rnd), person(rnd), 3+rnd.IntN(30)
	return fmt.Sprintf("Bridge %d near %s to close for %d weeks", 40+n, at, weeks),
		fmt.Sprintf(`<p>Bridge %d on the road to %s will be closed to cars for %d weeks, the roads office said on {day}. Divers had found that %d of its piles are hollow, and that eels live in most of them.</p>
<p>The engineer in charge, %s, said there was no danger to those who cross on foot. Buses will go round by the valley, which adds %d minutes. The repair is to cost %d thousand crowns, and the eels will be moved by hand.</p>`,
			40+n, at, weeks, 2+rnd.IntN(14), who, 8+rnd.IntN(40), 200+rnd.IntN(700))
}

func harvest(rnd *rand.Rand, n int) (title, body string) {
	at, who := town(rnd), person(rnd)
	fruit := pick(rnd, "apples", "pears", "quinces", "hazelnuts", "plums", "hops")
	tonnes := 300 + rnd.IntN(5000)
	return fmt.Sprintf("Growers of %s bring in %d tonnes of %s, says crop report %d", at, tonnes, fruit, n),
		fmt.Sprintf(`<p>Growers around %s brought in %d tonnes of %s this year, %d percent more than last year, their union said on {day} in crop report %d. Its head, %s, spoke of the best autumn since %d.</p>
<p>Dry weeks in August had worried the villages on the hills, where %d wells ran low. Then it rained for nine nights and on none of the days. “One could not have ordered it better,” said the report, “and we did order it.”</p>`,
			at, tonnes, fruit, 2+rnd.IntN(30), n, who, 1950+rnd.IntN(60), 3+rnd.IntN(30))
}
