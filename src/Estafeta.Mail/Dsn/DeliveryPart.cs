namespace Estafeta.Mail.Dsn;

/// <summary>One of the many fates of a recipient that is an alias: the sender is told of each.</summary>
/// <param name="Address">What the log calls it: the alias itself for a command or file of it.</param>
/// <param name="OriginalAddress">What it was expanded from; empty when that is not known.</param>
/// <param name="Status">What became of it.</param>
public sealed record DeliveryPart(string Address, string OriginalAddress, DeliveryStatus Status);
