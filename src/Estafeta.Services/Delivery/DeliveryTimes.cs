namespace Estafeta.Services.Delivery;

/// <summary>The agent's part of <c>delays=a/b/c/d</c>; the rest is in the request.</summary>
/// <param name="Started">The agent got the request; <c>b</c> ends here.</param>
/// <param name="Connected">The connection was ready, or was given up; <c>c</c> ends here. Null for agents without one.</param>
/// <param name="Done">The recipient's fate was known.</param>
public readonly record struct DeliveryTimes(DateTimeOffset Started, DateTimeOffset? Connected, DateTimeOffset Done);
