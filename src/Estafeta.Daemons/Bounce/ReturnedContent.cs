namespace Estafeta.Daemons.Bounce;

/// <summary>How much of the original message a notification returns.</summary>
internal enum ReturnedContent
{
    Full,
    Headers,
}
