package feed

import "time"

// Subscriber is a program that has one of our own feeds pushed to it (WebSub §3).
// Topic and Callback together identify it.
type Subscriber struct {
	Topic    string    // absolute address of the feed, as the subscriber named it
	Callback string    // absolute address that takes the documents
	Secret   string    // signs what is sent (hub.secret); empty: nothing is signed
	Since    time.Time // when it was first verified
	Until    time.Time // end of its lease

	// Sent is the SHA-256 of the document that it has: the last one sent to it, or
	// the one that stood there when it subscribed.
	Sent [32]byte

	// Failing is when the present run of failed deliveries began; zero without one.
	Failing time.Time
}
