//go:build !unix

package measure

import "time"

// busy is the time by the clock, for want of something better.
func busy() time.Duration { return time.Duration(time.Now().UnixNano()) }
