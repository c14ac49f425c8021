namespace PipelineRobustness.Pipeline.Running;

/// <summary>A clock that began with a simulation: its dates mean nothing.</summary>
internal interface IVirtualTime
{
    /// <summary>Virtual time from the beginning until then.</summary>
    TimeSpan Since(DateTimeOffset at);
}

/// <summary>A moment in words.</summary>
internal static class Moment
{
    /// <summary>By the clock that it was read from.</summary>
    public static string Of(TimeProvider clock, DateTimeOffset at) =>
        clock is IVirtualTime time ? FormattableString.Invariant($"{time.Since(at).TotalSeconds:0.000} s of virtual time") : $"{at:u}";
}
