//go:build unix

package measure

import (
	"syscall"
	"time"
)

// busy is the time that processors have spent on this program. On a machine that
// does other work too, it says more than a clock.
func busy() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only where the arguments are wrong
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
