package feed

import "time"

// PushLease is what a hub has promised about one feed, or has been asked for: to send
// us the feed's document when it changes (WebSub §5). A feed that changed its hub has
// two for a while, of which one is ending. Where Cloud is set the hub is an rssCloud,
// and has promised to tell us that the feed has changed.
type PushLease struct {
	Feed     uint64 // the subscription's number
	Origin   string // address of the feed, which named the hub
	Hub      string // address that was asked
	Topic    string // address of the feed as its publisher names it (rel=self)
	Callback string // where the hub reaches us: nobody else can guess it, and no two are the same
	Secret   string // by which the hub signs what it sends; empty: it doesn't
	Cloud    string // how an rssCloud is asked to reach us, "http-post" or "https-post"; empty: a WebSub hub

	Lease time.Duration // how long the hub promised to push, as it was verified last
	Until time.Time     // end of that; zero: not verified
	Asked time.Time     // when the hub was last asked; zero: never
	Next  time.Time     // when it is to be asked next

	Ending   bool // we want no more of it
	Failures int  // how often in a row the hub refused, or never asked back
	Missed   int  // polls in a row that found what the hub should have sent
}

// Live reports whether the hub pushes now.
func (l PushLease) Live(now time.Time) bool { return !l.Ending && now.Before(l.Until) }

// Hubbed is a followed feed that names hubs, or an rssCloud and no hub.
type Hubbed struct {
	Feed  uint64
	URL   string   // address that is polled
	Topic string   // as the feed calls itself, else URL
	Hubs  []string // the publisher's first choice first
	Cloud bool     // Hubs is the one rssCloud
}
