"""Python for cutting regions out of feature maps, which PyTorch itself does not have."""

from archdsl.layers.torch_call import Helper

ROI_POOL = Helper(
    "roi_pool",
    '''\
def roi_pool(x, rois, size, spatial_scale):
    """The largest value in each of size bins of a region; rois are rows [image, x1, y1, x2, y2]."""
    maps = x[rois[:, 0].long()]
    corners = torch.floor(rois[:, 1:] * spatial_scale + 0.5)
    for axis, bins in ((3, size[1]), (2, size[0])):
        low, high = corners[:, 3 - axis, None], corners[:, 5 - axis, None]
        step = (high - low + 1).clamp(min=1) / bins
        at = torch.arange(bins, device=x.device)
        start = low + torch.floor(at * step)
        stop = low + torch.ceil((at + 1) * step)
        side = torch.arange(x.shape[axis], device=x.device)
        inside = (side >= start[:, :, None]) & (side < stop[:, :, None])
        inside = inside[:, None, None] if axis == 3 else inside[:, None, :, :, None]
        maps = torch.where(inside, maps.unsqueeze(axis), -torch.inf).amax(axis + 1)
    # A bin without an element is 0.
    return torch.where(maps.isinf(), 0.0, maps)
''',
)
"""`roi_pool(x, rois, size, spatial_scale)`, with the rounding of the authors' code."""

ROI_ALIGN = Helper(
    "roi_align",
    '''\
def roi_align(x, rois, size, spatial_scale, sampling):
    """The mean of bilinear samples in each of size bins; rois are rows [image, x1, y1, x2, y2]."""
    maps = x[rois[:, 0].long()]
    corners = rois[:, 1:] * spatial_scale
    for axis, bins in ((3, size[1]), (2, size[0])):
        low, high = corners[:, 3 - axis, None], corners[:, 5 - axis, None]
        step = (high - low).clamp(min=1) / bins
        at = (torch.arange(bins * sampling, device=x.device) + 0.5) / sampling
        at = low + at * step
        length = x.shape[axis]
        seen = (at >= -1) & (at <= length)
        side = torch.arange(length, device=x.device)
        share = (1 - (at.clamp(0, length - 1)[:, :, None] - side).abs()).clamp(min=0)
        share = (share * seen[:, :, None]).view(-1, bins, sampling, length).mean(2)
        share = share[:, None, None] if axis == 3 else share[:, None, :, :, None]
        maps = (maps.unsqueeze(axis) * share).sum(axis + 1)
    return maps
''',
)
"""`roi_align(x, rois, size, spatial_scale, sampling)`: bilinear in each axis, nothing rounded."""
