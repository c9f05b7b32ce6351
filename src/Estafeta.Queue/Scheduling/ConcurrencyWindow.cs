using System.Globalization;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// How many deliveries to one destination may run at once, and when the destination counts as dead. Feedback below one per
/// delivery adds up: the window grows at the end of such a run of successes and shrinks at the beginning of a run of failures,
/// so that overload is answered at once. A destination is dead after failures worth a configured number of pseudo-cohorts
/// (a cohort is as many deliveries as the window allows). SCHEDULER_README, "Concurrency scheduling".
/// </summary>
public sealed class ConcurrencyWindow
{
    private double _success;
    private double _failure;
    private double _failedCohorts;

    public ConcurrencyWindow(TransportSettings settings)
    {
        Settings = settings;
        Reset();
    }

    public TransportSettings Settings { get; set; }

    /// <summary>Deliveries allowed at once; 0 when the destination is dead.</summary>
    public int Size { get; private set; }

    public bool IsDead => Size == 0;

    /// <param name="busy">Deliveries under way, the one that just ended included.</param>
    public void OnSuccess(int busy)
    {
        if (IsDead)
        {
            // A delivery that began before the destination was found dead: it is alive after all, at least that wide.
            Reset();
            Size = Math.Clamp(busy, 1, Limit);
            return;
        }

        _failedCohorts = 0;
        var limit = Limit;

        // Without this a window far wider than its use would delay the effect of later failures.
        if (Size >= limit || Size >= busy + Settings.InitialConcurrency)
        {
            return;
        }

        _success += Settings.PositiveFeedback.At(Size);
        while (_success >= 1 && Size < limit)
        {
            Size++;
            _success -= 1;
            _failure = 0;
        }
    }

    /// <summary>True when this failure makes the destination dead.</summary>
    public bool OnFailure()
    {
        if (IsDead)
        {
            return false;
        }

        _failedCohorts += 1.0 / Size;
        if (Settings.FailedCohortLimit > 0 && _failedCohorts >= Settings.FailedCohortLimit)
        {
            Size = 0;
            return true;
        }

        _failure -= Settings.NegativeFeedback.At(Size);
        while (_failure < 0 && Size > 1)
        {
            Size--;
            _failure += 1;
            _success = 0;
        }

        return false;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"limit {Settings.ConcurrencyLimit} window {Size} success {_success:0.######} failure {_failure:0.######} fail_cohorts {_failedCohorts:0.######}");

    /// <summary>Begins again as with a new destination.</summary>
    public void Reset()
    {
        Size = Math.Min(Settings.InitialConcurrency, Limit);
        _success = 0;
        _failure = 0;
        _failedCohorts = 0;
    }

    private int Limit => Settings.DestinationRateDelay > TimeSpan.Zero ? 1
        : Settings.ConcurrencyLimit == 0 ? int.MaxValue : Settings.ConcurrencyLimit;
}
