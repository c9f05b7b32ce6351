namespace Estafeta.Net.OAuth;

/// <summary>The authorization server wants to be asked less often: 429, or 503.</summary>
/// <param name="pause">How long it is left alone from now on.</param>
public sealed class ThrottledException(string message, TimeSpan pause) : IOException(message)
{
    public TimeSpan Pause => pause;
}
