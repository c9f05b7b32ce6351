namespace Estafeta.Queue.Scheduling;

/// <summary>One recipient of a message whose transport and next hop are known.</summary>
/// <param name="Index">Position in the envelope.</param>
/// <param name="Transport">master.cf service name.</param>
/// <param name="Nexthop">Next-hop destination in the transport's own notation.</param>
/// <param name="Address">Where to deliver, as the resolver gave it.</param>
public readonly record struct RoutedRecipient(int Index, string Transport, string Nexthop, string Address);
